//! The listening socket, and how many files the process may open.

use std::{
    io,
    net::{Ipv4Addr, Ipv6Addr, SocketAddr},
    ops::RangeInclusive,
};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpSocket};

use crate::{config::Config, failure::Failure};

/// Connections the system keeps for us until they are accepted: ten thousand clients may come back within a second.
const BACKLOG: u32 = 4_096;
/// Files that are not connections: the database, the log, the runtime's own, and connections beyond the bound. Where few
/// may be opened it is a quarter of them, and at least what a server has with its database.
const OTHER_FILES: RangeInclusive<usize> = 32..=100;

pub(crate) fn listen(address: SocketAddr) -> Result<TcpListener, Failure> {
    bind(address).map_err(|error| {
        Failure::new(match error.kind() {
            io::ErrorKind::AddrInUse => format!("{address} is in use by another program: choose one with --listen"),
            _ => format!("cannot listen on {address}: {error}"),
        })
    })
}

fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // A server that was killed can be started again at once, though its old connections are not forgotten yet.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// Raises the number of files this process may open to the most it is allowed; how many connections that makes.
pub(crate) fn possible_connections() -> usize {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let files = match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(_) => current,
    };
    let files = files.and_then(|files| usize::try_from(files).ok()).unwrap_or(usize::MAX);
    let others = (files / 4).clamp(*OTHER_FILES.start(), *OTHER_FILES.end());
    files.saturating_sub(others).max(1)
}

/// The server's own address as a browser can open it: the unspecified one is reached through loopback.
pub(crate) fn own_url(config: &Config, address: SocketAddr) -> String {
    format!("{}://{}", scheme(config), reachable(address))
}

/// What URLs of the server begin with.
pub(crate) fn scheme(config: &Config) -> &'static str {
    if config.tls.is_some() { "https" } else { "http" }
}

fn reachable(mut address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(v4) if v4.ip().is_unspecified() => address.set_ip(Ipv4Addr::LOCALHOST.into()),
        SocketAddr::V6(v6) if v6.ip().is_unspecified() => address.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    address
}
