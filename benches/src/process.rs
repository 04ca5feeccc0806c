//! What the kernel says of a process and of the machine. A process that is gone reads as zero.

use std::{fs, io};

use rustix::{
    process::{Resource, Rlimit, getrlimit, setrlimit},
    thread::{CpuSet, sched_setaffinity},
};

/// Memory a process holds, in KiB.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Memory {
    /// Resident now.
    pub resident: u64,
    /// The most that was ever resident.
    pub peak: u64,
}

/// The memory of process `pid`.
pub fn memory(pid: u32) -> Memory {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    Memory { resident: field(&status, "VmRSS:"), peak: field(&status, "VmHWM:") }
}

/// Nanoseconds of CPU used by all threads of `pid` that live.
pub fn cpu_ns(pid: u32) -> u64 {
    threads(pid, "schedstat").filter_map(|text| text.split_whitespace().next()?.parse::<u64>().ok()).sum()
}

/// Context switches of all threads of `pid` that live.
pub fn context_switches(pid: u32) -> u64 {
    threads(pid, "status")
        .map(|text| field(&text, "voluntary_ctxt_switches:") + field(&text, "nonvoluntary_ctxt_switches:"))
        .sum()
}

/// Ticks (1/100 s) in which all CPUs together did work.
pub fn busy_ticks() -> u64 {
    let ticks = stat_ticks();
    ticks.iter().take(3).chain(ticks.iter().skip(5).take(2)).sum()
}

/// Ticks (1/100 s) in which another guest of the hypervisor had the CPU.
pub fn stolen_ticks() -> u64 {
    stat_ticks().get(7).copied().unwrap_or(0)
}

/// The load average of the last minute.
pub fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split_whitespace().next().and_then(|word| word.parse().ok()).unwrap_or(0.0)
}

/// Lets this thread, and the processes it starts from now on, run on `cpu` only.
///
/// # Errors
/// When there is no such CPU.
pub fn pin(cpu: usize) -> io::Result<()> {
    let mut set = CpuSet::new();
    set.set(cpu);
    Ok(sched_setaffinity(None, &set)?)
}

/// Raises the number of files this process, and those it starts, may open to the most allowed. Returns that number.
pub fn raise_open_files() -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum.unwrap_or(u64::MAX),
        Err(_) => current.unwrap_or(u64::MAX),
    }
}

fn threads(pid: u32, file: &'static str) -> impl Iterator<Item = String> {
    let tasks = fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
    tasks.filter_map(move |task| fs::read_to_string(task.path().join(file)).ok())
}

fn field(text: &str, name: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}

/// user, nice, system, idle, iowait, irq, softirq, steal, …
fn stat_ticks() -> Vec<u64> {
    let text = fs::read_to_string("/proc/stat").unwrap_or_default();
    let first = text.lines().next().unwrap_or_default();
    first.split_whitespace().skip(1).filter_map(|word| word.parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_has_memory_and_used_cpu() {
        let me = std::process::id();
        let held = memory(me);
        assert!(held.resident > 0 && held.peak >= held.resident);
        assert!(context_switches(me) > 0);
        assert!(cpu_ns(me) > 0);
        assert!(busy_ticks() > 0);
    }

    #[test]
    fn a_process_that_is_gone_reads_as_zero() {
        assert_eq!(memory(u32::MAX), Memory::default());
        assert_eq!(cpu_ns(u32::MAX), 0);
    }
}
