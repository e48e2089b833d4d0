//! What every service is made of: configuration, telemetry, health, errors, commands.
