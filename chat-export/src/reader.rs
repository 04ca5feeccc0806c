//! Lines, as they are read: each is looked at, and its place among the others.

use std::io::{BufRead, Read as _};

use chat_core::{Body, Seq};
use sha2::{Digest as _, Sha256};

use crate::{
    Counts, ImportError, MAX_LINE_BYTES, Summary,
    line::{Format, Kind, Line},
};

/// No seq is above this one: stores keep them as signed numbers, and one is kept free.
const LONGEST: Seq = i64::MAX as Seq - 1;

/// Reads lines, and keeps count.
pub(crate) struct LineReader<R> {
    from: R,
    line: Vec<u8>,
    /// The line as it is written here.
    again: Vec<u8>,
    /// The number of the last line that was read.
    number: u64,
    hash: Sha256,
    counts: Counts,
    order: Order,
}

impl<R: BufRead> LineReader<R> {
    pub(crate) fn new(from: R) -> Self {
        let (hash, counts) = (Sha256::new(), Counts::default());
        Self { from, line: Vec::new(), again: Vec::new(), number: 0, hash, counts, order: Order::default() }
    }

    /// The next line; the last one comes only if it is what the lines before it add up to, and nothing follows it.
    pub(crate) fn next(&mut self) -> Result<Line, ImportError> {
        self.number += 1;
        self.read()?;
        let line: Line = serde_json::from_slice(&self.line).map_err(|error| self.wrong(of_json(&error)))?;
        self.order.check(&line).map_err(|problem| self.wrong(problem))?;
        self.compare(&line)?;
        match &line {
            Line::End(summary) => self.end(summary)?,
            _ => {
                self.hash.update(&self.line);
                self.counts.count(line.kind());
            }
        }
        Ok(line)
    }

    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// What is wrong with the line that was read last.
    pub(crate) fn wrong(&self, problem: impl Into<String>) -> ImportError {
        ImportError::Line { line: self.number, problem: problem.into() }
    }

    fn read(&mut self) -> Result<(), ImportError> {
        self.line.clear();
        let mut bounded = self.from.by_ref().take(MAX_LINE_BYTES as u64);
        bounded.read_until(b'\n', &mut self.line).map_err(ImportError::Read)?;
        match self.line.last() {
            Some(b'\n') => Ok(()),
            Some(_) if self.line.len() == MAX_LINE_BYTES => {
                Err(self.wrong(format!("it is longer than {MAX_LINE_BYTES} bytes")))
            }
            _ => Err(self.wrong("the file ends here, before its last line: it was cut off")),
        }
    }

    /// What is said in another way would be found at the end, when all of it is in the store.
    fn compare(&mut self, line: &Line) -> Result<(), ImportError> {
        self.again.clear();
        serde_json::to_writer(&mut self.again, line).map_err(|error| self.wrong(of_json(&error)))?;
        self.again.push(b'\n');
        if self.again == self.line { Ok(()) } else { Err(self.wrong("it is not as this version writes it")) }
    }

    fn end(&mut self, said: &Summary) -> Result<(), ImportError> {
        let found = Summary { counts: self.counts, sha256: self.hash.clone().finalize().into() };
        if *said != found {
            return Err(self.wrong(format!("the file was altered: it says of itself {said}; but it has {found}")));
        }
        match self.from.fill_buf().map_err(ImportError::Read)? {
            [] => Ok(()),
            _ => {
                self.number += 1;
                Err(self.wrong("something follows the last line"))
            }
        }
    }
}

/// What is wrong, without where: these positions are within the line.
fn of_json(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    format!("it is not a line of this format: {what}")
}

/// What may come next: kinds in their order, each with its keys ascending, and no gap in a log.
#[derive(Default)]
struct Order {
    last: Option<Kind>,
    /// The id of the last line, where lines of its kind are in the order of ids.
    id: String,
    /// The last room's id.
    room: String,
    oldest: Seq,
    head: Seq,
    /// The room's last stub.
    stub: Seq,
    /// The room's last entry.
    seq: Seq,
}

impl Order {
    fn check(&mut self, line: &Line) -> Result<(), &'static str> {
        let (kind, last) = (line.kind(), self.last);
        if (kind == Kind::Format) != last.is_none() {
            return Err("the first line, and no other, says what the file is");
        }
        let in_room = last >= Some(Kind::Room);
        let follows = match kind {
            Kind::Format | Kind::Room | Kind::End => true,
            Kind::Account | Kind::User | Kind::Deleted => last <= Some(kind),
            Kind::Member | Kind::Stub | Kind::Entry | Kind::Read => in_room && last <= Some(kind),
        };
        if !follows {
            return Err("it is not where lines of its kind are");
        }
        if matches!(kind, Kind::Room | Kind::Read | Kind::End) && self.seq != self.head {
            return Err("entries of the room are missing before it");
        }
        if last != Some(kind) {
            self.id.clear();
        }
        self.last = Some(kind);
        self.check_content(line)
    }

    fn check_content(&mut self, line: &Line) -> Result<(), &'static str> {
        match line {
            Line::Format(format) if *format != Format::this() => Err("it is a file of another kind or version"),
            Line::Format(_) | Line::End(_) => Ok(()),
            Line::Account(account) => {
                account.account()?;
                ascend(&mut self.id, account.user.as_str())
            }
            Line::User(user) => ascend(&mut self.id, user.user.as_str()),
            Line::Deleted(room) => ascend(&mut self.id, room.as_str()),
            Line::Room(room) if room.oldest == 0 || room.head < room.oldest - 1 => {
                Err("the room's log ends before it begins")
            }
            Line::Room(room) if room.head > LONGEST => Err("no log is that long"),
            Line::Room(room) if room.told >= room.oldest || (room.oldest == 1 && room.members > 0) => {
                Err("the room begins with what nothing told")
            }
            Line::Room(room) => {
                (self.oldest, self.head) = (room.oldest, room.head);
                (self.stub, self.seq) = (0, room.oldest - 1);
                ascend(&mut self.room, room.room.as_str())
            }
            Line::Member(member) if !member.is_of(self.head) => Err("it is not what the room's log can say"),
            Line::Member(member) => ascend(&mut self.id, member.user.as_str()),
            Line::Stub(stub) if stub.seq <= self.stub || stub.seq >= self.oldest => {
                Err("it is not where stubs of its seq are")
            }
            Line::Stub(stub) => {
                self.stub = stub.seq;
                Ok(())
            }
            Line::Entry(entry) if entry.body == Body::Unknown => {
                Err("the entry is of a kind that only a newer version knows")
            }
            Line::Entry(entry) if entry.seq != self.seq + 1 || entry.seq > self.head => {
                Err("it is not the next entry of its room")
            }
            Line::Entry(entry) if entry.after > LONGEST => Err("it follows an entry that no log has"),
            Line::Entry(entry) => {
                self.seq = entry.seq;
                Ok(())
            }
            Line::Read(read) if read.seq == 0 || read.seq > self.head => Err("the read cursor is not in the log"),
            Line::Read(read) => ascend(&mut self.id, read.user.as_str()),
        }
    }
}

/// Moves on to an id, which must be above the last.
fn ascend(last: &mut String, id: &str) -> Result<(), &'static str> {
    if **last >= *id {
        return Err("it does not come after the line before it");
    }
    id.clone_into(last);
    Ok(())
}
