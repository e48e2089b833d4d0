//! Charts: SVG from our own templates, each with a title, a description, and the same numbers as a table.
