//! A room's recent frames in one wire format, as contiguous bytes.

use std::{collections::VecDeque, io::IoSlice};

use bytes::Bytes;
use smallvec::SmallVec;

use crate::{Seq, limits, meters::Tally};

/// A place in a byte log, counted from its beginning; it grows for as long as the room is open.
pub(crate) type Position = u64;

/// Where a frame ends, and the cursor of a reader who has it.
#[derive(Debug, Clone, Copy)]
struct Mark {
    end: Position,
    seq: Seq,
    /// The message whose deletion erases this frame; 0 for none.
    erased_with: Seq,
    /// The entries before it.
    before: Tally,
}

/// Already framed bytes from `base` to `end`.
///
/// Grows at the end. The front is given up, segment by segment, once all have it but for a ring of
/// [`limits::RING_BYTES`], and beyond [`limits::LOG_BYTES`] whoever has it or not.
#[derive(Debug)]
pub(crate) struct ByteLog {
    base: Position,
    end: Position,
    segments: VecDeque<(Position, Bytes)>,
    /// Frames not yet part of a segment: they are still being added to.
    tail: Vec<u8>,
    marks: VecDeque<Mark>,
    /// A reader with this cursor or a later one finds here all it has not.
    from: Seq,
    /// The room's head.
    head: Seq,
    entries: Tally,
}

/// A byte log's content at one moment, from a position on; it outlives the log's trimming.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    /// Where it begins: a frame's end, or the log's base where that lies higher.
    pub(crate) from: Position,
    /// The log's base at that moment: who stands below it can only catch up.
    pub(crate) base: Position,
    pub(crate) end: Position,
    /// The cursor of a reader who has all of it.
    pub(crate) head: Seq,
    /// How many messages were deleted by then: once there are more, nothing of it is handed out.
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

    /// Adds a frame: an entry's, or (with the head as its seq) a signal's. The deletion of `erased_with` erases it.
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

    /// The head has moved by an entry that is not told.
    pub(crate) fn skip(&mut self, seq: Seq) {
        self.head = self.head.max(seq);
    }

    /// A message is deleted: all is given up to the last frame that says what the message said. Who stands before that
    /// reads the store, which has erased it. In the middle of a log nothing can be replaced: readers would miss a seq.
    pub(crate) fn erase(&mut self, message: Seq) {
        let Some(last) = self.marks.iter().rfind(|mark| mark.erased_with == message) else { return };
        let cut = last.end;
        self.freeze();
        while let Some((start, bytes)) = self.segments.pop_front() {
            let kept = bytes.len() as Position + start;
            if kept > cut {
                // Copied, so that nothing keeps the text in memory.
                let bytes = Bytes::copy_from_slice(&bytes[cut.saturating_sub(start) as usize..]);
                self.segments.push_front((start.max(cut), bytes));
                break;
            }
        }
        self.base = cut;
        self.forget_marks();
    }

    /// The log goes on at this head, without the frames before it: every reader has to catch up elsewhere.
    pub(crate) fn skip_to(&mut self, head: Seq) {
        // A place of its own: who stood at the end stands before the log now.
        self.end += 1;
        self.base = self.end;
        self.segments.clear();
        self.tail.clear();
        self.marks.clear();
        (self.from, self.head) = (head, head);
    }

    /// Where a reader with this cursor goes on; `None` if it must catch up elsewhere first.
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

    /// Everybody has everything: only the ring is kept.
    pub(crate) fn settle(&mut self) {
        self.freeze();
        self.trim(limits::RING_BYTES);
        self.tail = Vec::new();
        self.marks.shrink_to_fit();
    }

    /// Makes the tail part of a segment, so that it can be shared. Small ones are joined, so that one write has few.
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

    /// Gives up segments from the front as long as `keep` bytes remain.
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

    /// Forgets the marks of frames that were given up.
    fn forget_marks(&mut self) {
        while let Some(mark) = self.marks.front().copied().filter(|mark| mark.end <= self.base) {
            self.from = mark.seq;
            self.marks.pop_front();
        }
    }
}

impl Snapshot {
    /// The end of the frame in which `position` lies (itself, if it lies between two), and the cursor of a reader who
    /// has that frame.
    pub(crate) fn frame_end(&self, position: Position) -> (Position, Seq) {
        let at = self.marks.partition_point(|mark| mark.end < position);
        self.marks.get(at).map_or((self.end, self.head), |mark| (mark.end, mark.seq))
    }

    /// How many frames from `from` to `to` are entries', and not signals'; both lie between two frames.
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

    /// The frames from `from` to `to`, each by itself; both lie between two frames. A segment holds frames whole.
    pub(crate) fn frames(&self, from: Position, to: Position) -> impl Iterator<Item = Bytes> {
        let ends = self.marks.iter().map(|mark| mark.end).filter(move |end| *end > from && *end <= to);
        ends.scan(from, |start, end| Some(self.bytes(std::mem::replace(start, end), end).next())).flatten()
    }

    /// The same bytes, shared.
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
