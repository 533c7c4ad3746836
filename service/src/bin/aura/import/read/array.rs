//! JSON, one array of objects, read one object after the other.

use std::cell::Cell;
use std::fmt;
use std::io::{BufRead, Read};
use std::rc::Rc;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::columns::{Columns, Object, TWICE};
use super::{Batches, Problem, Record, Unwanted};

pub(super) fn read(input: Box<dyn BufRead + Send>, batches: &mut Batches) -> Result<(), Unwanted> {
    let at = Rc::new(Cell::new(1));
    let counted = Counted {
        input,
        at: Rc::clone(&at),
    };
    let mut array = serde_json::Deserializer::from_reader(counted);
    let mut unwanted = false;
    let objects = Objects {
        batches,
        at: &at,
        unwanted: &mut unwanted,
    };
    let read = objects.deserialize(&mut array).and_then(|()| array.end());
    match read {
        _ if unwanted => Err(Unwanted),
        Ok(()) => Ok(()),
        // Its message can quote what it did not expect.
        Err(error) => {
            let line = u64::try_from(error.line()).unwrap_or_default().max(1);
            let what = "is not what follows in a JSON array of objects: nothing after it was read";
            batches.problem(Problem::new(line, "", what))
        }
    }
}

/// Counts lines, byte by byte as the parser takes them.
struct Counted {
    input: Box<dyn BufRead + Send>,
    at: Rc<Cell<u64>>,
}

impl Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let read = self.input.read(buffer)?;
        for byte in &buffer[..read] {
            self.at.set(self.at.get() + u64::from(*byte == b'\n'));
        }
        Ok(read)
    }
}

/// Hands on one object after the other.
struct Objects<'b> {
    batches: &'b mut Batches,
    at: &'b Cell<u64>,
    unwanted: &'b mut bool,
}

impl<'de> DeserializeSeed<'de> for Objects<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Objects<'_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut array: A) -> Result<(), A::Error> {
        while let Some((line, columns)) = array.next_element_seed(Begun(self.at))? {
            let handed = if columns.twice {
                self.batches.problem(Problem::new(line, "", TWICE))
            } else {
                let columns = columns.map;
                self.batches.record(Record { line, columns })
            };
            if handed.is_err() {
                *self.unwanted = true;
                return Err(serde::de::Error::custom("unwanted"));
            }
        }
        Ok(())
    }
}

/// One object, and the line that it begins in.
struct Begun<'b>(&'b Cell<u64>);

impl<'de> DeserializeSeed<'de> for Begun<'_> {
    type Value = (u64, Columns);

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Begun<'_> {
    type Value = (u64, Columns);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Object.expecting(f)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        let line = self.0.get();
        Ok((line, Object.visit_map(object)?))
    }
}
