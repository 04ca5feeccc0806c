//! A disk whose power can be cut: a file system in a file, mounted by way of a loop device.

use std::{
    fs::{self, File, Permissions},
    io,
    os::unix::{fs::PermissionsExt as _, process::CommandExt as _},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::ioctl::{self, Opcode, Setter, opcode};

/// For the processes of a server that was killed to let go of the disk.
const PATIENCE: Duration = Duration::from_secs(20);
/// Unmounts and removes the disk when its own input ends, whatever became of the test.
/// A server on it may take a moment to die.
const SWEEPER: &str = concat!(
    r#"read -r _; for _ in 1 2 3 4 5 6 7 8 9 10; do umount "$1/mounted"; "#,
    r#"mountpoint -q "$1/mounted" || { rm -rf "$1"; exit; }; sleep 1; done"#
);
/// `EXT4_IOC_SHUTDOWN` of Linux' `fs/ext4/ext4.h`.
const SHUTDOWN: Opcode = opcode::read::<u32>(b'X', 125);
/// Without writing the journal first: `EXT4_GOING_FLAGS_NOLOGFLUSH`.
const NO_LOG_FLUSH: u32 = 2;

/// A mounted file system of its own. It is unmounted and removed when this is dropped, and when the test process ends
/// otherwise.
#[derive(Debug)]
pub struct Disk {
    folder: PathBuf,
    sweeper: Child,
}

impl Disk {
    /// An empty disk of so many MiB, which take up no more space than what is written.
    ///
    /// # Errors
    /// When it cannot be made, or not be mounted: that needs root and a loop device.
    pub fn new(mib: u64) -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix("store-tests-disk-").tempdir()?;
        // A server may run as another user.
        fs::set_permissions(folder.path(), Permissions::from_mode(0o711))?;
        let mut sweeper = Command::new("sh");
        sweeper.args(["-c", SWEEPER, "sweeper"]).arg(folder.path()).stderr(Stdio::null());
        let sweeper = sweeper.process_group(0).stdin(Stdio::piped()).spawn()?;
        let disk = Self { folder: folder.keep(), sweeper };
        File::create(disk.image())?.set_len(mib * 1024 * 1024)?;
        run(Command::new("mkfs.ext4").arg("-q").arg(disk.image()))?;
        fs::create_dir(disk.path())?;
        disk.mount()?;
        Ok(disk)
    }

    /// Where it is mounted.
    pub fn path(&self) -> PathBuf {
        self.folder.join("mounted")
    }

    /// Writes through all that was written so far.
    ///
    /// # Errors
    /// When it cannot.
    pub fn sync(&self) -> io::Result<()> {
        rustix::fs::syncfs(File::open(self.path())?).map_err(io::Error::from)
    }

    /// Cuts the power: what was not written through is lost, and nothing can be written any more.
    ///
    /// # Errors
    /// When it cannot.
    #[expect(unsafe_code, reason = "there is no safe way to call what only ext4 knows")]
    pub fn cut(&self) -> io::Result<()> {
        let root = File::open(self.path())?;
        // SAFETY: the operation reads one u32 and writes nothing, whatever direction its number says.
        unsafe { ioctl::ioctl(&root, Setter::<SHUTDOWN, u32>::new(NO_LOG_FLUSH)) }.map_err(io::Error::from)
    }

    /// Mounts it again, as after a power cut. Whoever had files open there must be dead.
    ///
    /// # Errors
    /// When it cannot be unmounted within some time, or not be mounted.
    pub fn restore(&self) -> io::Result<()> {
        let until = Instant::now() + PATIENCE;
        while let Err(busy) = run(Command::new("umount").arg(self.path())) {
            if Instant::now() > until {
                return Err(busy);
            }
            thread::sleep(Duration::from_millis(10));
        }
        self.mount()
    }

    fn mount(&self) -> io::Result<()> {
        run(Command::new("mount").args(["-o", "loop"]).arg(self.image()).arg(self.path()))
    }

    fn image(&self) -> PathBuf {
        self.folder.join("image")
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(self.sweeper.stdin.take());
        let _ = self.sweeper.wait();
    }
}

fn run(command: &mut Command) -> io::Result<()> {
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let program = Path::new(command.get_program()).display();
    Err(io::Error::other(format!("{program}: {}", String::from_utf8_lossy(&output.stderr).trim())))
}
