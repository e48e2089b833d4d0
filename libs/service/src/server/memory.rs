//! Connections inside the process: a channel on one side, a stream of connections on the other.

use hyper_util::rt::TokioIo;
use std::io;
use tokio::io::DuplexStream;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::{Channel, Endpoint, Uri};

const BUFFER_BYTES: usize = 256 * 1024;

/// A channel and the connections that it opens.
pub(super) fn listener() -> (Channel, ReceiverStream<io::Result<DuplexStream>>) {
    let (opened, connections) = mpsc::channel(16);
    let connector = tower::service_fn(move |_: Uri| {
        let opened = opened.clone();
        async move {
            let (near, far) = tokio::io::duplex(BUFFER_BYTES);
            let closed = |_| io::Error::new(io::ErrorKind::ConnectionRefused, "the server has stopped");
            opened.send(Ok(far)).await.map_err(closed)?;
            io::Result::Ok(TokioIo::new(near))
        }
    });
    // The name is never resolved.
    let channel = Endpoint::from_static("http://in-memory").connect_with_connector_lazy(connector);
    (channel, ReceiverStream::new(connections))
}
