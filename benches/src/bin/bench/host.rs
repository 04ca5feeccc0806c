//! The machine: a network namespace of its own, limits, niceness.

use std::{env, fs, os::unix::process::CommandExt, process::Command};

use chat_benches::{Failure, process::raise_open_files};
use rustix::process::{geteuid, setpriority_process};

use crate::options::Options;

/// Set in the process that runs in the new namespace.
const INSIDE: &str = "CHAT_BENCH_INSIDE";
/// Files that scenario C needs, in each of server and load generator.
const FILES: u64 = 11_000;

/// Makes the machine ready. As root it starts this program again in a network namespace of its own, with its own
/// loopback, port range and accept queue, so that nothing else is met or changed.
pub(crate) fn prepare(options: &Options) -> Result<(), Failure> {
    if env::var_os(INSIDE).is_some() {
        set_up_network()?;
    } else if geteuid().is_root() && !options.same_network {
        let again = env::current_exe()?;
        let error = Command::new("unshare").arg("-n").arg(again).args(env::args_os().skip(1)).env(INSIDE, "1").exec();
        return Err(format!("unshare: {error}; --same-network does without").into());
    } else {
        eprintln!("bench: in the network as it is; many connections may meet its limits (ports, accept queue)");
    }
    let files = raise_open_files();
    if files < FILES {
        eprintln!("bench: only {files} files may be open; C needs {FILES}");
    }
    if options.nice != 0 {
        setpriority_process(None, options.nice).map_err(|error| format!("niceness {}: {error}", options.nice))?;
    }
    Ok(())
}

fn set_up_network() -> Result<(), Failure> {
    let up = Command::new("ip").args(["link", "set", "lo", "up"]).status();
    if !up.is_ok_and(|status| status.success()) {
        return Err("`ip link set lo up` failed; --same-network does without".into());
    }
    fs::write("/proc/sys/net/core/somaxconn", "8192")?;
    fs::write("/proc/sys/net/ipv4/ip_local_port_range", "20000 65000")?;
    Ok(())
}
