//! A line between the program and a server, in this process: it can be cut and
//! mended, and be slow, far or lossy. It stands in for `tc netem`, which not
//! every kernel has.
//!
//! TCP hides a loss: what is seen is that nothing comes until it was sent again.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};

/// What a line is like, in both directions.
#[derive(Clone, Copy, Default)]
pub(crate) struct Line {
    /// How long each byte is under way.
    delay: Duration,
    /// A packet in so many is lost; 0 for none.
    loses_one_in: u64,
    /// 0 for as fast as it goes.
    bytes_per_sec: u64,
}

/// What fits into a packet.
const PACKET_BYTES: usize = 1448;
/// After this long a lost packet is sent again.
const RESEND: Duration = Duration::from_millis(40);

impl Line {
    pub(crate) fn lossy(loses_one_in: u64) -> Self {
        Self {
            loses_one_in,
            ..Self::default()
        }
    }

    pub(crate) fn far(millis: u64) -> Self {
        Self {
            delay: Duration::from_millis(millis),
            ..Self::default()
        }
    }

    pub(crate) fn slow(bytes_per_sec: u64) -> Self {
        Self {
            bytes_per_sec,
            ..Self::default()
        }
    }
}

/// Whether a line carries anything.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Up,
    /// Connections break, and no new one comes about.
    Cut,
    /// Nothing arrives any more, and nobody is told.
    Silent,
}

/// A running line. Dropping it cuts it for good.
pub(crate) struct Relay {
    address: SocketAddr,
    state: watch::Sender<State>,
    /// What has been carried out of it.
    is_now: watch::Receiver<State>,
    taken: Arc<AtomicUsize>,
    runtime: Runtime,
}

impl Relay {
    /// A line to the server of this URL.
    pub(crate) fn to(url: &str, line: Line) -> Self {
        Self::at([127, 0, 0, 1], url, line)
    }

    /// The same with its near end at an address of this machine.
    pub(crate) fn at(here: [u8; 4], url: &str, line: Line) -> Self {
        let target: SocketAddr = url.trim_start_matches("http://").parse().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let socket = bound(SocketAddr::from((here, 0)));
        let address = socket.local_addr().unwrap();
        let (state, is) = watch::channel(State::Up);
        let (now, is_now) = watch::channel(State::Up);
        let listener = runtime.block_on(async { socket.listen(1024).unwrap() });
        let taken = Arc::new(AtomicUsize::new(0));
        let told = Told {
            now,
            taken: taken.clone(),
        };
        runtime.spawn(serve(listener, target, line, is, told));
        Self {
            address,
            state,
            is_now,
            taken,
            runtime,
        }
    }

    /// Connections that were made to it so far.
    #[allow(dead_code, reason = "shared with the benchmark, which does not ask")]
    pub(crate) fn taken(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }

    pub(crate) fn address(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Breaks all connections and refuses new ones.
    pub(crate) fn cut(&self) {
        self.set(State::Cut);
    }

    /// Loses all that is under way and all that comes, without a word: what was
    /// connected then stays dead, as after a change of network.
    pub(crate) fn fall_silent(&self) {
        self.set(State::Silent);
    }

    pub(crate) fn mend(&self) {
        self.set(State::Up);
    }

    fn set(&self, state: State) {
        self.state.send_replace(state);
        let mut now = self.is_now.clone();
        let done = now.wait_for(|now| *now == state);
        self.runtime.block_on(done).unwrap();
    }
}

/// What a line tells its owner.
struct Told {
    now: watch::Sender<State>,
    taken: Arc<AtomicUsize>,
}

/// A socket that keeps its port and listens to nobody yet.
fn bound(address: SocketAddr) -> TcpSocket {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_reuseaddr(true).unwrap();
    socket.bind(address).unwrap();
    socket
}

/// Takes connections while the line is not cut.
async fn serve(
    mut listener: TcpListener,
    target: SocketAddr,
    line: Line,
    mut is: watch::Receiver<State>,
    told: Told,
) {
    let address = listener.local_addr().unwrap();
    let mut carried = JoinSet::new();
    loop {
        let now = *is.borrow_and_update();
        if now == State::Cut {
            drop(listener);
            let socket = bound(address);
            // Gone before anybody hears that they are.
            carried.shutdown().await;
            told.now.send_replace(State::Cut);
            if is.wait_for(|state| *state != State::Cut).await.is_err() {
                return;
            }
            listener = socket.listen(1024).unwrap();
            continue;
        }
        told.now.send_replace(now);
        tokio::select! {
            taken = listener.accept() => {
                let (near, _) = taken.unwrap();
                told.taken.fetch_add(1, Ordering::Relaxed);
                carried.spawn(carry(near, target, line, is.clone()));
            }
            changed = is.changed() => if changed.is_err() { return },
        }
    }
}

/// One connection, until an end or the cut.
async fn carry(near: TcpStream, target: SocketAddr, line: Line, mut is: watch::Receiver<State>) {
    if *is.borrow() == State::Silent {
        std::future::pending::<()>().await;
    }
    let Ok(far) = TcpStream::connect(target).await else {
        return;
    };
    // A line that is cut sends no end.
    near.set_zero_linger().ok();
    far.set_zero_linger().ok();
    let (near_in, near_out) = near.into_split();
    let (far_in, far_out) = far.into_split();
    let both = async {
        tokio::join!(
            one_way(near_in, far_out, line),
            one_way(far_in, near_out, line)
        );
    };
    tokio::pin!(both);
    let silent = tokio::select! {
        () = &mut both => false,
        state = is.wait_for(|state| *state != State::Up) => {
            state.is_ok_and(|state| *state == State::Silent)
        }
    };
    if silent {
        // Kept open, with what was under way in them.
        std::future::pending::<()>().await;
    }
}

async fn one_way(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, line: Line) {
    let (sender, mut under_way) = tokio::sync::mpsc::channel::<(Instant, Vec<u8>)>(1024);
    let reading = async move {
        let mut buffer = vec![0; PACKET_BYTES];
        let mut packets = 0_u64;
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            packets += 1;
            if line.loses_one_in > 0 && packets.is_multiple_of(line.loses_one_in) {
                sleep(RESEND).await;
            }
            let micros = (read as u64 * 1_000_000).checked_div(line.bytes_per_sec);
            if let Some(micros) = micros {
                sleep(Duration::from_micros(micros)).await;
            }
            let packet = (Instant::now() + line.delay, buffer[..read].to_vec());
            if sender.send(packet).await.is_err() {
                return;
            }
        }
    };
    let writing = async move {
        while let Some((due, bytes)) = under_way.recv().await {
            sleep_until(due).await;
            if to.write_all(&bytes).await.is_err() {
                return;
            }
        }
        to.shutdown().await.ok();
    };
    tokio::join!(reading, writing);
}
