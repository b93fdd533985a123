//! A listener whose connections can be made to fail on the wire.
//!
//! axum owns the sockets, so each one is wrapped, and a shared [`Control`]
//! reaches the gate as connect info. The gate sets what shall happen; the
//! wrapper does it when the server next reads, writes or closes.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpListener;
use tokio::time::{Sleep, sleep};
use tokio_rustls::rustls::ServerConfig;

use super::tls::Line;

/// Pause between two bytes of a dripping answer.
const DRIP: Duration = Duration::from_millis(100);

/// How this connection goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Manner {
    /// As it should.
    Well,
    /// TCP reset instead of any further byte.
    Reset,
    /// TCP reset in place of an orderly close, after what is written now.
    ResetOnClose,
    /// One byte per 100 ms.
    Drip,
    /// Breaks off after this much of the answer.
    Cut {
        /// Bytes of the head that still go out.
        head: usize,
        /// Bytes of the body that still go out.
        body: usize,
    },
    /// Closes when the answer that starts now is out.
    CloseAfterAnswer,
}

/// Handle on one connection, as connect info of its requests.
#[derive(Clone)]
pub(super) struct Peer {
    /// Number of the connection, counted from 1.
    pub(super) number: u64,
    control: Arc<Control>,
}

struct Control(Mutex<State>);

struct State {
    manner: Manner,
    reader: Option<Waker>,
    /// Whether bytes were written since the manner was set.
    wrote: bool,
    /// Whether the last byte of the answer has left.
    answered: bool,
    /// How much of the blank line after the head has gone by.
    blank_line: usize,
}

impl Peer {
    fn new(number: u64) -> Self {
        let state = State {
            manner: Manner::Well,
            reader: None,
            wrote: false,
            answered: false,
            blank_line: 0,
        };
        Self {
            number,
            control: Arc::new(Control(Mutex::new(state))),
        }
    }

    /// Sets how the connection goes on from the next byte written.
    pub(super) fn go_on(&self, manner: Manner) {
        let mut state = self.state();
        state.manner = manner;
        (state.wrote, state.answered, state.blank_line) = (false, false, 0);
        if let Some(waker) = state.reader.take() {
            waker.wake();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.control
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A listener on a port of this computer.
pub(super) struct Ears {
    listener: TcpListener,
    connections: Arc<AtomicU64>,
    tls: Option<Arc<ServerConfig>>,
}

impl Ears {
    /// Wraps a listener; `connections` counts over all that share it.
    pub(super) fn new(
        listener: TcpListener,
        connections: Arc<AtomicU64>,
        tls: Option<Arc<ServerConfig>>,
    ) -> Self {
        Self {
            listener,
            connections,
            tls,
        }
    }
}

impl Listener for Ears {
    type Io = Wire;
    type Addr = std::net::SocketAddr;

    async fn accept(&mut self) -> (Wire, Self::Addr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    // Only a matter of speed.
                    stream.set_nodelay(true).ok();
                    let number = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
                    return (
                        Wire {
                            line: Line::new(stream, self.tls.as_ref()),
                            peer: Peer::new(number),
                            pause: None,
                        },
                        address,
                    );
                }
                // Out of file handles, or a peer that left again: not for ever.
                Err(_) => sleep(Duration::from_millis(50)).await,
            }
        }
    }

    fn local_addr(&self) -> io::Result<Self::Addr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Ears>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Ears>) -> Self {
        stream.io().peer.clone()
    }
}

/// One connection.
pub(super) struct Wire {
    line: Line,
    peer: Peer,
    pause: Option<Pin<Box<Sleep>>>,
}

impl Wire {
    /// How many of these bytes may go out now; an error if none ever will.
    fn allowance(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut state = self.peer.state();
        match state.manner {
            Manner::Reset => Err(io::ErrorKind::ConnectionReset.into()),
            Manner::Cut { head: 0, .. } | Manner::Cut { body: 0, .. } => {
                Err(io::ErrorKind::BrokenPipe.into())
            }
            Manner::Cut { head, body } => {
                let (allowed, rest) = cut(bytes, (head, body), &mut state.blank_line);
                state.manner = Manner::Cut {
                    head: rest.0,
                    body: rest.1,
                };
                Ok(allowed)
            }
            Manner::Drip => Ok(1),
            Manner::Well | Manner::ResetOnClose | Manner::CloseAfterAnswer => Ok(bytes.len()),
        }
    }

    /// Waits out the pause of a dripping answer.
    fn poll_pause(&mut self, context: &mut Context<'_>) -> Poll<()> {
        if let Some(pause) = &mut self.pause {
            ready!(pause.as_mut().poll(context));
            self.pause = None;
        }
        Poll::Ready(())
    }
}

/// How many bytes go out until head and body are used up, and what is left.
fn cut(bytes: &[u8], mut left: (usize, usize), blank_line: &mut usize) -> (usize, (usize, usize)) {
    const BLANK_LINE: &[u8] = b"\r\n\r\n";
    for (at, byte) in bytes.iter().enumerate() {
        let in_body = *blank_line == BLANK_LINE.len();
        let budget = if in_body { &mut left.1 } else { &mut left.0 };
        if *budget == 0 {
            return (at, left);
        }
        *budget -= 1;
        if !in_body {
            let expected = BLANK_LINE.get(*blank_line) == Some(byte);
            *blank_line = if expected {
                *blank_line + 1
            } else {
                usize::from(*byte == b'\r')
            };
        }
    }
    (bytes.len(), left)
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        {
            let mut state = self.peer.state();
            match state.manner {
                Manner::Reset => return Poll::Ready(Err(io::ErrorKind::ConnectionReset.into())),
                // Nothing more will come: the server takes it for the end.
                Manner::CloseAfterAnswer if state.answered => return Poll::Ready(Ok(())),
                _ => state.reader = Some(context.waker().clone()),
            }
        }
        Pin::new(&mut self.line).poll_read(context, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_pause(context));
        let allowed = self.allowance(bytes)?;
        let now = bytes.get(..allowed).unwrap_or(bytes);
        let written = ready!(Pin::new(&mut self.line).poll_write(context, now))?;
        let dripping = {
            let mut state = self.peer.state();
            state.wrote = true;
            state.manner == Manner::Drip
        };
        if dripping {
            self.pause = Some(Box::pin(sleep(DRIP)));
        }
        Poll::Ready(Ok(written))
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.line).poll_flush(context))?;
        let mut state = self.peer.state();
        if state.manner == Manner::CloseAfterAnswer && state.wrote {
            state.answered = true;
            if let Some(waker) = state.reader.take() {
                waker.wake();
            }
        }
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if matches!(
            self.peer.state().manner,
            Manner::Reset | Manner::ResetOnClose
        ) {
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.line).poll_shutdown(context)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        if matches!(
            self.peer.state().manner,
            Manner::Reset | Manner::ResetOnClose
        ) {
            // Closing with a zero linger time sends a reset instead of an end.
            self.line.tcp().map(|tcp| tcp.set_zero_linger().ok());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn answers_are_cut_where_asked() {
        let answer = b"HTTP/1.1 200 OK\r\n\r\nhello";
        let table = [((5, 9), 5), ((99, 2), 21), ((99, 99), 24), ((19, 0), 19)];
        for (left, expected) in table {
            assert_eq!(cut(answer, left, &mut 0).0, expected, "{left:?}");
        }
        let mut blank_line = 0;
        assert_eq!(
            cut(b"HTTP/1.1 200 OK\r\n\r", (99, 3), &mut blank_line).0,
            18
        );
        assert_eq!(cut(b"\nhello", (99, 3), &mut blank_line).0, 4);
    }
}
