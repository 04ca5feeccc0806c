//! Linux network namespaces: a server in one of them is on a network of its own, and its way to what it needs can be cut as a cable is.

use std::{
    fmt, io,
    net::Ipv4Addr,
    process::{Command, Stdio},
    sync::atomic::{AtomicU32, Ordering},
};

use crate::Child;

/// Cables of one namespace at most.
const CABLES: u32 = 4;
/// The link address that an end of a pulled cable sends to: nobody has it.
const NOWHERE: &str = "02:00:00:00:00:00";

/// A network namespace. It ends, and its cables with it, when this is dropped or the test process ends.
#[derive(Debug)]
pub struct Network {
    /// A process that does nothing but be in the namespace.
    holder: Child,
    cables: AtomicU32,
}

/// A cable between a namespace and the rest of this machine.
#[derive(Debug)]
pub struct Cable {
    outside: End,
    inside: End,
}

/// An end of a cable.
#[derive(Debug, Clone, Copy)]
struct End {
    /// The process that holds the cable's namespace.
    holder: u32,
    cable: u32,
    /// Whether this end is the one in the namespace.
    is_inside: bool,
}

impl Network {
    /// A new namespace, which reaches nobody.
    ///
    /// # Errors
    /// When this process may not make one: it takes root, and the programs `unshare`, `nsenter` and `ip`.
    pub fn new() -> io::Result<Self> {
        let mut hold = Command::new("unshare");
        hold.args(["--net", "sh", "-c", "ip link set lo up && echo ready && exec sleep infinity"]);
        let (holder, ()) = Child::start(&hold, |line| (line == "ready").then_some(()))?;
        Ok(Self { holder, cables: AtomicU32::new(0) })
    }

    /// A cable to the rest of this machine.
    ///
    /// # Errors
    /// When it cannot be laid, and when the namespace has four of them.
    pub fn cable(&self) -> io::Result<Cable> {
        let (holder, cable) = (self.holder.pid(), self.cables.fetch_add(1, Ordering::Relaxed));
        if cable >= CABLES {
            return Err(io::Error::other("this namespace has no room for another cable"));
        }
        let [outside, inside] = [false, true].map(|is_inside| End { holder, cable, is_inside });
        run(Command::new("ip").args(words(&format!("link add {outside} type veth peer name {inside} netns {holder}"))))?;
        for end in [outside, inside] {
            end.ip(&format!("address add {}/30 dev {end}", end.address()))?;
            end.ip(&format!("link set {end} up"))?;
        }
        Ok(Cable { outside, inside })
    }

    /// The same command in this namespace. The process that is started becomes the command's.
    pub fn command(&self, command: &Command) -> Command {
        let mut within = enter(self.holder.pid());
        within.arg(command.get_program()).args(command.get_args());
        if let Some(folder) = command.get_current_dir() {
            within.current_dir(folder);
        }
        for (name, value) in command.get_envs() {
            match value {
                Some(value) => within.env(name, value),
                None => within.env_remove(name),
            };
        }
        within
    }
}

impl Cable {
    /// The address of the end that is in the namespace.
    pub fn inside(&self) -> Ipv4Addr {
        self.inside.address()
    }

    /// The address of the other end.
    pub fn outside(&self) -> Ipv4Addr {
        self.outside.address()
    }

    /// Pulls it: what either end sends is lost, and neither end is told.
    ///
    /// # Errors
    /// When the namespace is gone.
    pub fn pull(&self) -> io::Result<()> {
        self.change(|end, other| format!("neighbour replace {other} lladdr {NOWHERE} dev {end} nud permanent"))
    }

    /// Plugs it in again.
    ///
    /// # Errors
    /// When the namespace is gone.
    pub fn plug_in(&self) -> io::Result<()> {
        self.change(|end, other| format!("neighbour replace {other} dev {end} nud none"))
    }

    fn change(&self, words: impl Fn(End, Ipv4Addr) -> String) -> io::Result<()> {
        self.inside.ip(&words(self.inside, self.outside()))?;
        self.outside.ip(&words(self.outside, self.inside()))
    }
}

impl End {
    /// In the block that is set aside for tests of networks (RFC 2544): each cable has four addresses of it.
    fn address(self) -> Ipv4Addr {
        const BLOCK: u32 = u32::from_be_bytes([198, 18, 0, 0]);
        const SIZE: u32 = 1 << 17;
        let cable = self.holder * CABLES + self.cable;
        Ipv4Addr::from_bits(BLOCK + cable * 4 % SIZE + 1 + u32::from(self.is_inside))
    }

    /// Runs `ip` where this end is.
    fn ip(self, text: &str) -> io::Result<()> {
        let mut command = if self.is_inside { enter(self.holder) } else { Command::new("env") };
        run(command.arg("ip").args(words(text)))
    }
}

/// The name of its interface, of at most 15 bytes.
impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "chat{}-{}", self.holder, self.cable)
    }
}

/// What runs a program in the namespace that a process is in.
fn enter(process: u32) -> Command {
    let mut command = Command::new("nsenter");
    command.arg(format!("--net=/proc/{process}/ns/net"));
    command
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(' ')
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.stdin(Stdio::null()).output()?;
    if output.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    Err(io::Error::other(format!("{command:?}: {}", why.trim())))
}
