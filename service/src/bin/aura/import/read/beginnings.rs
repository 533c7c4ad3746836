//! Where the lines of a file begin.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::io::{BufRead, Read};
use std::rc::Rc;

/// The lines that were read and not asked for yet: the offset of the first byte, and the number of the line. Empty ones
/// are left out, as the parser passes over them.
#[derive(Clone, Default)]
pub(super) struct Beginnings(Rc<RefCell<VecDeque<(u64, u64)>>>);

impl Beginnings {
    /// The number of the first line that begins at the offset or after it; what begins before is forgotten. The parser
    /// counts too, but tells where the row before ended: of CR LF the LF is not passed there, nor are empty lines.
    pub(super) fn at(&self, offset: u64) -> Option<u64> {
        let mut lines = self.0.borrow_mut();
        while lines.front().is_some_and(|(begin, _)| *begin < offset) {
            lines.pop_front();
        }
        lines.front().map(|(_, line)| *line)
    }
}

/// Notes them as the parser reads.
pub(super) struct Noted {
    input: Box<dyn BufRead + Send>,
    lines: Beginnings,
    offset: u64,
    line: u64,
    fresh: bool,
}

impl Noted {
    pub(super) fn new(input: Box<dyn BufRead + Send>) -> (Self, Beginnings) {
        let lines = Beginnings::default();
        let noted = Self {
            input,
            lines: lines.clone(),
            offset: 0,
            line: 1,
            fresh: true,
        };
        (noted, lines)
    }
}

impl Read for Noted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(buffer)?;
        let mut lines = self.lines.0.borrow_mut();
        for byte in &buffer[..read] {
            let ends = matches!(byte, b'\r' | b'\n');
            if self.fresh && !ends {
                lines.push_back((self.offset, self.line));
            }
            self.fresh = ends;
            self.line += u64::from(*byte == b'\n');
            self.offset += 1;
        }
        Ok(read)
    }
}
