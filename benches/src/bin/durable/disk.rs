//! What the file system is, and what it takes to flush a page to the disk.

use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    time::Instant,
};

use chat_benches::Failure;

/// Flushes measured.
const FLUSHES: usize = 300;

/// Times, in milliseconds.
pub(crate) struct Flushes {
    pub(crate) p50: f64,
    pub(crate) p99: f64,
}

/// Appends a page to a file and flushes it, again and again: what a commit costs at least.
pub(crate) fn flush_times(folder: &Path) -> Result<Flushes, Failure> {
    let path = folder.join("flush");
    let mut file = File::create(&path)?;
    let mut times = Vec::with_capacity(FLUSHES);
    for _ in 0..FLUSHES {
        let start = Instant::now();
        file.write_all(&[0x5a; 4096])?;
        file.sync_data()?;
        times.push(start.elapsed().as_secs_f64() * 1e3);
    }
    fs::remove_file(path)?;
    times.sort_by(f64::total_cmp);
    Ok(Flushes { p50: times[FLUSHES / 2], p99: times[FLUSHES * 99 / 100] })
}

/// The type and options of the file system a folder is on.
pub(crate) fn file_system(folder: &Path) -> Result<String, Failure> {
    let folder = folder.canonicalize()?;
    let mounts = fs::read_to_string("/proc/mounts")?;
    Ok(mount_of(&folder, &mounts).unwrap_or("unknown").to_owned())
}

/// The part of a line of /proc/mounts that tells type and options.
fn mount_of<'a>(folder: &Path, mounts: &'a str) -> Option<&'a str> {
    let line = |line: &'a str| {
        let mut words = line.splitn(3, ' ').skip(1);
        Some((Path::new(words.next()?), words.next()?))
    };
    let all = mounts.lines().filter_map(line).filter(|(point, _)| folder.starts_with(point));
    // Of two mounts at one place the later one hides the earlier.
    all.max_by_key(|(point, _)| point.components().count()).map(|(_, what)| what.trim_end_matches(" 0 0"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_innermost_and_latest_mount_counts() {
        let mounts = "a / ext4 rw 0 0\nb /var xfs rw 0 0\nc /var tmpfs rw 0 0\nd /variant btrfs rw 0 0\n";
        assert_eq!(mount_of(Path::new("/var/db"), mounts), Some("tmpfs rw"));
        assert_eq!(mount_of(Path::new("/home"), mounts), Some("ext4 rw"));
    }

    #[test]
    fn flushes_take_time() {
        let folder = tempfile::tempdir().unwrap();
        let flushes = flush_times(folder.path()).unwrap();
        assert!(flushes.p50 > 0.0 && flushes.p99 >= flushes.p50);
        assert!(!file_system(folder.path()).unwrap().is_empty());
    }
}
