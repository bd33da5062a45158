//! A connection that is read no further than what was asked for until it is encrypted: an answer that somebody on the way
//! slips in before that must not be taken for one of the encrypted server.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::TcpStream,
};

/// The first byte of a TLS handshake; no command of SMTP begins with it.
const HANDSHAKE: u8 = 0x16;

/// The mail client reads lines through a buffer that it keeps when TLS begins. Given one byte at a time until then, the
/// buffer never holds more than the line that is read, and whatever was slipped in after it spoils the handshake.
#[derive(Debug)]
pub(super) struct Careful {
    stream: TcpStream,
    /// Whether TLS is to begin, and has not.
    waits: bool,
}

impl Careful {
    /// `waits`: whether TLS is to begin on this connection.
    pub(super) const fn new(stream: TcpStream, waits: bool) -> Self {
        Self { stream, waits }
    }
}

impl AsyncTokioStream for Careful {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.stream.peer_addr()
    }
}

impl AsyncRead for Careful {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.waits || into.remaining() == 0 {
            return Pin::new(&mut this.stream).poll_read(cx, into);
        }
        let mut byte = [0];
        let mut one = ReadBuf::new(&mut byte);
        ready!(Pin::new(&mut this.stream).poll_read(cx, &mut one))?;
        into.put_slice(one.filled());
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Careful {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        this.waits &= bytes.first() != Some(&HANDSHAKE);
        Pin::new(&mut this.stream).poll_write(cx, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
