//! The recent frames of one room in one wire format, as contiguous bytes.

use std::{collections::VecDeque, io::IoSlice};

use bytes::Bytes;
use smallvec::SmallVec;

use crate::{Seq, limits, meters::Tally};

/// A place in a byte log, counted in bytes from the log's beginning. It grows for as long as the room is open.
pub(crate) type Position = u64;

/// The end of a frame, and the cursor of a reader who has the frame.
#[derive(Debug, Clone, Copy)]
struct Mark {
    end: Position,
    seq: Seq,
    /// The seq of the message whose deletion erases this frame; 0 if no deletion does.
    erased_with: Seq,
    /// How many entries are before this frame.
    before: Tally,
}

/// The framed bytes from `base` to `end`.
///
/// A byte log grows at its end, and drops segments from its front. Once every subscriber has every frame, only the last
/// [`limits::RING_BYTES`] stay. More than [`limits::LOG_BYTES`] never stay, even if a subscriber lacks the dropped frames.
#[derive(Debug)]
pub(crate) struct ByteLog {
    base: Position,
    end: Position,
    segments: VecDeque<(Position, Bytes)>,
    /// The newest frames, which are not part of a segment yet.
    tail: Vec<u8>,
    marks: VecDeque<Mark>,
    /// The lowest cursor of a reader who finds here every frame that the reader lacks.
    from: Seq,
    /// The room's head.
    head: Seq,
    entries: Tally,
}

/// The content of a byte log at one moment, from a position on. It stays readable after the log has dropped the bytes.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    /// Where the snapshot begins: at the end of a frame, or at the log's base if that lies higher.
    pub(crate) from: Position,
    /// The log's base at that moment. A subscription whose place is below it must read the store.
    pub(crate) base: Position,
    pub(crate) end: Position,
    /// The cursor of a reader who has the whole snapshot.
    pub(crate) head: Seq,
    /// How many messages had been deleted at that moment. After a further deletion, the snapshot is not used any more.
    pub(crate) erasures: u64,
    entries: Tally,
    segments: SmallVec<[(Position, Bytes); 4]>,
    marks: SmallVec<[Mark; 16]>,
}

impl ByteLog {
    pub(crate) fn new(head: Seq) -> Self {
        let (segments, tail, marks) = (VecDeque::new(), Vec::new(), VecDeque::new());
        Self { base: 0, end: 0, segments, tail, marks, from: head, head, entries: Tally::default() }
    }

    pub(crate) fn end(&self) -> Position {
        self.end
    }

    /// Adds the frame of an entry, or of a signal, whose `seq` is the head. The deletion of the message `erased_with` erases
    /// the frame.
    pub(crate) fn push(&mut self, frame: &[u8], seq: Seq, erased_with: Option<Seq>) {
        self.tail.extend_from_slice(frame);
        self.end += frame.len() as Position;
        let before = self.entries;
        if seq > self.head {
            self.entries.add_one();
        }
        self.head = self.head.max(seq);
        self.marks.push_back(Mark { end: self.end, seq: self.head, erased_with: erased_with.unwrap_or(0), before });
        if self.end - self.base > limits::LOG_BYTES as Position {
            self.freeze();
            self.trim(limits::LOG_BYTES);
        }
    }

    /// Moves the head over an entry that has no frame.
    pub(crate) fn skip(&mut self, seq: Seq) {
        self.head = self.head.max(seq);
    }

    /// Drops everything up to the last frame that contains the text of a deleted message. A reader whose place is before that
    /// reads the store, which has erased the text. A frame in the middle of a log cannot be replaced, since readers would miss
    /// a seq.
    pub(crate) fn erase(&mut self, message: Seq) {
        let Some(last) = self.marks.iter().rfind(|mark| mark.erased_with == message) else { return };
        let cut = last.end;
        self.freeze();
        while let Some((start, bytes)) = self.segments.pop_front() {
            let kept = bytes.len() as Position + start;
            if kept > cut {
                // The rest is copied: a slice would keep the deleted text in memory.
                let bytes = Bytes::copy_from_slice(&bytes[cut.saturating_sub(start) as usize..]);
                self.segments.push_front((start.max(cut), bytes));
                break;
            }
        }
        self.base = cut;
        self.forget_marks();
    }

    /// Drops all frames and goes on at this head. Every reader has to read the store up to it.
    pub(crate) fn skip_to(&mut self, head: Seq) {
        // The new base is above the old end, so a reader at the old end is before the log now.
        self.end += 1;
        self.base = self.end;
        self.segments.clear();
        self.tail.clear();
        self.marks.clear();
        (self.from, self.head) = (head, head);
    }

    /// The position at which a reader with this cursor goes on; `None` if the reader must read the store first.
    pub(crate) fn position_of(&self, cursor: Seq) -> Option<Position> {
        if cursor < self.from {
            return None;
        }
        let had = self.marks.partition_point(|mark| mark.seq <= cursor);
        Some(if had == 0 { self.base } else { self.marks[had - 1].end })
    }

    pub(crate) fn snapshot(&mut self, from: Position, erasures: u64) -> Snapshot {
        self.freeze();
        let from = from.max(self.base);
        let segment = self.segments.partition_point(|(start, bytes)| start + bytes.len() as Position <= from);
        let mark = self.marks.partition_point(|mark| mark.end <= from);
        Snapshot {
            from,
            base: self.base,
            end: self.end,
            head: self.head,
            erasures,
            entries: self.entries,
            segments: self.segments.range(segment..).cloned().collect(),
            marks: self.marks.range(mark..).copied().collect(),
        }
    }

    /// Keeps only the ring, because every subscriber has every frame.
    pub(crate) fn settle(&mut self) {
        self.freeze();
        self.trim(limits::RING_BYTES);
        self.tail = Vec::new();
        self.marks.shrink_to_fit();
    }

    /// Makes the tail part of a segment, which snapshots can share. Small segments are joined, so that one write needs few
    /// slices.
    fn freeze(&mut self) {
        if self.tail.is_empty() {
            return;
        }
        let mut start = self.end - self.tail.len() as Position;
        let last = self.segments.back().map_or(limits::SEGMENT_BYTES, |(_, bytes)| bytes.len());
        let bytes = if last + self.tail.len() <= limits::SEGMENT_BYTES
            && let Some((before, bytes)) = self.segments.pop_back()
        {
            start = before;
            [&bytes[..], &self.tail].concat().into()
        } else {
            Bytes::copy_from_slice(&self.tail)
        };
        self.segments.push_back((start, bytes));
        self.tail.clear();
    }

    /// Drops segments from the front as long as `keep` bytes remain.
    fn trim(&mut self, keep: usize) {
        while let Some((start, bytes)) = self.segments.front() {
            let next = start + bytes.len() as Position;
            if self.end - next < keep as Position {
                break;
            }
            self.base = next;
            self.segments.pop_front();
        }
        self.forget_marks();
    }

    /// Drops the marks of dropped frames.
    fn forget_marks(&mut self) {
        while let Some(mark) = self.marks.front().copied().filter(|mark| mark.end <= self.base) {
            self.from = mark.seq;
            self.marks.pop_front();
        }
    }
}

impl Snapshot {
    /// The end of the frame in which `position` lies, and the cursor of a reader who has that frame. A position between two
    /// frames is the end of the first one.
    pub(crate) fn frame_end(&self, position: Position) -> (Position, Seq) {
        let at = self.marks.partition_point(|mark| mark.end < position);
        self.marks.get(at).map_or((self.end, self.head), |mark| (mark.end, mark.seq))
    }

    /// How many frames from `from` to `to` contain entries, not signals. Both positions lie between two frames.
    pub(crate) fn entries(&self, from: Position, to: Position) -> u64 {
        let up_to = |position: Position| {
            let next = self.marks.partition_point(|mark| mark.end <= position);
            self.marks.get(next).map_or(self.entries, |mark| mark.before)
        };
        up_to(to).since(up_to(from))
    }

    /// The bytes from `from` to `to`, at most as many slices as one write takes.
    pub(crate) fn slices(&self, from: Position, to: Position) -> SmallVec<[IoSlice<'_>; 32]> {
        let mut slices = SmallVec::new();
        for (start, bytes) in &self.segments {
            let (start, end) = (*start, start + bytes.len() as Position);
            if end > from && start < to && slices.len() < 32 {
                let first = from.saturating_sub(start) as usize;
                let last = (to.min(end) - start) as usize;
                slices.push(IoSlice::new(&bytes[first..last]));
            }
        }
        slices
    }

    /// The frames from `from` to `to`, one by one. Both positions lie between two frames. No frame spans two segments.
    pub(crate) fn frames(&self, from: Position, to: Position) -> impl Iterator<Item = Bytes> {
        let ends = self.marks.iter().map(|mark| mark.end).filter(move |end| *end > from && *end <= to);
        ends.scan(from, |start, end| Some(self.bytes(std::mem::replace(start, end), end).next())).flatten()
    }

    /// The bytes from `from` to `to`, as shared slices.
    pub(crate) fn bytes(&self, from: Position, to: Position) -> impl Iterator<Item = Bytes> {
        self.segments.iter().filter_map(move |(start, bytes)| {
            let (start, end) = (*start, start + bytes.len() as Position);
            let inside = end.min(to) > start.max(from);
            inside.then(|| bytes.slice(from.saturating_sub(start) as usize..(to.min(end) - start) as usize))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(snapshot: &Snapshot, from: Position, to: Position) -> String {
        let mut all = Vec::new();
        for slice in snapshot.slices(from, to) {
            all.extend_from_slice(&slice);
        }
        let shared: Vec<u8> = snapshot.bytes(from, to).flat_map(|b| b.to_vec()).collect();
        assert_eq!(all, shared);
        String::from_utf8(all).unwrap()
    }

    #[test]
    fn a_cursor_finds_its_place_between_frames_and_signals() {
        let mut log = ByteLog::new(10);
        log.push(b"eleven", 11, None);
        log.push(b"typing", 11, None);
        log.skip(12);
        log.push(b"thirteen", 13, None);
        assert_eq!(log.position_of(9), None);
        assert_eq!(log.position_of(10), Some(0));
        assert_eq!(log.position_of(11), Some(12));
        assert_eq!(log.position_of(12), Some(12));
        assert_eq!(log.position_of(13), Some(20));
        let snapshot = log.snapshot(0, 0);
        assert_eq!(snapshot.frame_end(3), (6, 11));
        assert_eq!(snapshot.frame_end(6), (6, 11));
        assert_eq!(snapshot.frame_end(13), (20, 13));
        assert_eq!(text(&snapshot, 0, 20), "eleventypingthirteen");
        assert_eq!(text(&snapshot, 4, 14), "entypingth");
        assert_eq!(snapshot.frames(6, 20).collect::<Vec<_>>(), ["typing", "thirteen"]);
        assert_eq!(snapshot.bytes(6, 6).count(), 0, "nothing is not an empty frame");
    }

    #[test]
    fn the_front_is_given_up_and_the_cursor_then_catches_up() {
        let mut log = ByteLog::new(0);
        let frame = vec![b'x'; 1024];
        for seq in 1..=2_000 {
            log.push(&frame, seq, None);
            log.snapshot(0, 0);
        }
        assert!(log.end - log.base <= (limits::LOG_BYTES + limits::SEGMENT_BYTES) as Position);
        assert_eq!(log.position_of(1), None);
        log.settle();
        assert!(log.end - log.base <= (limits::RING_BYTES + limits::SEGMENT_BYTES) as Position);
        assert_eq!(log.position_of(1_999), Some(log.end - 1024));
        assert_eq!(log.position_of(log.from), Some(log.base));
        assert_eq!(log.position_of(log.from - 1), None);
    }

    #[test]
    fn a_frame_larger_than_a_segment_stays_whole() {
        let mut log = ByteLog::new(0);
        log.push(&vec![b'a'; 3 * limits::SEGMENT_BYTES], 1, None);
        log.push(b"b", 2, None);
        log.settle();
        assert_eq!(log.position_of(1), Some(3 * limits::SEGMENT_BYTES as Position));
        let snapshot = log.snapshot(0, 0);
        assert_eq!(snapshot.slices(snapshot.from, snapshot.end).iter().map(|s| s.len()).sum::<usize>(), 24_577);
    }

    #[test]
    fn what_a_deleted_message_said_is_given_up_with_all_before_it() {
        let mut log = ByteLog::new(10);
        log.push(b"secret", 11, Some(11));
        log.push(b"other", 12, Some(12));
        log.push(b"edit", 13, Some(11));
        log.push(b"after", 14, Some(14));
        log.erase(10);
        assert_eq!(log.position_of(10), Some(0), "nothing of it is here");
        log.erase(11);
        assert_eq!(log.position_of(12), None);
        assert_eq!(log.position_of(13), Some(15));
        log.push(b"deleted", 15, None);
        let snapshot = log.snapshot(0, 0);
        assert_eq!((snapshot.from, snapshot.base), (15, 15));
        assert_eq!(text(&snapshot, 15, 27), "afterdeleted");
        assert_eq!(snapshot.frame_end(16), (20, 14));
        log.erase(14);
        assert_eq!(text(&log.snapshot(0, 0), 20, 27), "deleted");
        assert_eq!(log.segments.iter().map(|(_, bytes)| bytes.len()).sum::<usize>(), 7, "the text is kept in memory");
    }
}
