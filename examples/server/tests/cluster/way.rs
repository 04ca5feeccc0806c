//! A server's ways: to the bus, to the database, and that of the clients to it. A way leads over the loopback, or over a cable of the
//! server's network namespace.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    process::Command,
};

use store_tests::{
    network::{Cable, Network},
    proxy::Proxy,
};
use tokio::task::block_in_place;

/// Where a server is.
pub(crate) enum Host {
    /// On the loopback of this machine.
    Loopback,
    /// In a network namespace. Its clients come over this cable.
    Apart(Network, Cable),
}

impl Host {
    /// A network namespace.
    pub(crate) fn apart() -> Self {
        let network = Network::new().unwrap();
        let cable = network.cable().unwrap();
        Self::Apart(network, cable)
    }

    /// Where a server that is there listens.
    pub(crate) fn address(&self) -> IpAddr {
        match self {
            Self::Loopback => Ipv4Addr::LOCALHOST.into(),
            Self::Apart(_, cable) => cable.inside().into(),
        }
    }

    /// The same command, run there.
    pub(crate) fn command(&self, command: Command) -> Command {
        match self {
            Self::Loopback => command,
            Self::Apart(network, _) => network.command(&command),
        }
    }

    /// A way from there to what is at this host and port.
    pub(crate) async fn way(&self, to: String) -> Way {
        match self {
            Self::Loopback => Way { proxy: Proxy::open(to).await.unwrap(), cable: None },
            Self::Apart(network, _) => {
                let cable = network.cable().unwrap();
                Way { proxy: Proxy::open_at(cable.outside().into(), to).await.unwrap(), cable: Some(cable) }
            }
        }
    }
}

/// A server's way to the bus or to the database, which can be cut.
pub(crate) struct Way {
    proxy: Proxy,
    cable: Option<Cable>,
}

impl Way {
    /// Where it begins for the server.
    pub(crate) fn address(&self) -> SocketAddr {
        self.proxy.address()
    }

    /// Cuts it: what either end sends is lost or waits, and neither end is told.
    pub(crate) fn part(&self) {
        match &self.cable {
            Some(cable) => block_in_place(|| cable.pull()).unwrap(),
            None => self.proxy.part(),
        }
    }

    /// Has the two ends reach each other again.
    pub(crate) fn rejoin(&self) {
        match &self.cable {
            Some(cable) => block_in_place(|| cable.plug_in()).unwrap(),
            None => self.proxy.rejoin(),
        }
    }
}
