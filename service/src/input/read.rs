//! Reading a type from the tree, as serde does, with faults that know their place.

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Display};
use std::slice::Iter;

use serde::Deserializer;
use serde::de::value::BorrowedStrDeserializer;
use serde::de::{
    DeserializeSeed, EnumAccess, IntoDeserializer, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_json::Number;

use super::fault::Fault;
use super::node::{Entry, Node};
use super::path::{Path, is_within};
use super::stand_in::StandIn;

/// What is known of the input from the times that it was read before.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// What is wrong, by its place: it is passed over.
    pub(super) wrong: HashSet<String>,
    /// Fields that are needed and not there, by the object's place: name, and the stand-in that is taken.
    pub(super) missing: HashMap<String, Vec<(&'static str, usize)>>,
}

impl Known {
    /// Whether something inside of what stands at the place is left out or made up.
    pub(super) fn touches(&self, place: &str) -> bool {
        self.wrong.iter().any(|wrong| is_within(wrong, place))
            || self
                .missing
                .keys()
                .any(|object| object == place || is_within(object, place))
    }

    fn is_wrong(&self, place: Path<'_>) -> bool {
        !self.wrong.is_empty() && self.wrong.contains(&place.to_string())
    }
}

/// A value at its place.
#[derive(Clone, Copy)]
pub(super) struct Reader<'p, 'de> {
    pub(super) node: &'de Node,
    pub(super) place: Path<'p>,
    pub(super) known: &'p Known,
}

impl<'de> Reader<'_, 'de> {
    fn number<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node {
            Node::Number(number) => visit_number(number, visitor),
            Node::Written(text) => match text.parse::<Number>() {
                Ok(number) => visit_number(&number, visitor),
                Err(_) => Err(Fault::new("is not a number")),
            },
            _ => Err(Fault::new("is not a number")),
        }
    }

    fn text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let (Node::Text(text) | Node::Written(text)) = self.node else {
            return Err(Fault::new("is not a text"));
        };
        let words = words(&visitor);
        visitor
            .visit_borrowed_str(text)
            .map_err(|fault| words.map_or(fault, Fault::new))
    }

    fn list<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Node::List(items) = self.node else {
            return Err(Fault::new("is not a list"));
        };
        visitor.visit_seq(Items {
            of: self,
            rest: items.iter(),
            index: 0,
        })
    }

    fn object<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        let Node::Object(entries) = self.node else {
            return Err(Fault::new("is not an object"));
        };
        let missing = if self.known.missing.is_empty() {
            None
        } else {
            self.known.missing.get(&self.place.to_string())
        };
        visitor.visit_map(Fields {
            of: self,
            entries: entries.iter(),
            entry: None,
            missing: missing.map(Vec::as_slice).unwrap_or_default().iter(),
            stand_in: None,
        })
    }
}

fn visit_number<'de, V: Visitor<'de>>(number: &Number, visitor: V) -> Result<V::Value, Fault> {
    if let Some(number) = number.as_u64() {
        visitor.visit_u64(number)
    } else if let Some(number) = number.as_i64() {
        visitor.visit_i64(number)
    } else {
        visitor.visit_f64(number.as_f64().unwrap_or(f64::NAN))
    }
}

/// What is said of a text that a type of others refuses: its own words quote it, or tell of the parser.
fn words<'de, V: Visitor<'de>>(visitor: &V) -> Option<&'static str> {
    struct Expecting<'v, V>(&'v V);

    impl<'de, V: Visitor<'de>> Display for Expecting<'_, V> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            self.0.expecting(f)
        }
    }

    let expected = Expecting(visitor).to_string();
    if expected.contains("UUID") {
        Some("is not a UUID")
    } else if expected.contains("RFC 3339") {
        Some("is not an instant, as RFC 3339 writes it: 2026-01-31T09:30:00Z")
    } else {
        None
    }
}

macro_rules! numbers {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            self.number(visitor)
        })*
    };
}

impl<'de> Deserializer<'de> for Reader<'_, 'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node {
            Node::Null => visitor.visit_unit(),
            Node::Bool(value) => visitor.visit_bool(*value),
            Node::Number(_) => self.number(visitor),
            Node::Text(_) | Node::Written(_) => self.text(visitor),
            Node::List(_) => self.list(visitor),
            Node::Object(_) => self.object(visitor),
        }
    }

    numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node {
            Node::Bool(value) => visitor.visit_bool(*value),
            Node::Written(text) if text == "true" || text == "false" => {
                visitor.visit_bool(text == "true")
            }
            _ => Err(Fault::new("is neither true nor false")),
        }
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.text(visitor)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.text(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.text(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.node {
            Node::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.list(visitor)
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.list(visitor)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.list(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.object(visitor)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.object(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match self.node {
            Node::Text(name) | Node::Written(name) => {
                visitor.visit_enum(BorrowedStrDeserializer::new(name))
            }
            Node::Object(entries) => match entries.as_slice() {
                [entry] => visitor.visit_enum(Variant { of: self, entry }),
                _ => Err(Fault::new("is not an object with one field")),
            },
            _ => Err(Fault::new("is neither a text nor an object")),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    serde::forward_to_deserialize_any! { bytes byte_buf identifier unit unit_struct }
}

struct Items<'p, 'de> {
    of: Reader<'p, 'de>,
    rest: Iter<'de, Node>,
    index: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = Fault;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Fault> {
        loop {
            let Some(node) = self.rest.next() else {
                return Ok(None);
            };
            let place = Path::Index(&self.of.place, self.index);
            self.index += 1;
            if self.of.known.is_wrong(place) {
                continue;
            }
            let known = self.of.known;
            return seed
                .deserialize(Reader { node, place, known })
                .map(Some)
                .map_err(|fault| fault.at(place));
        }
    }
}

struct Fields<'p, 'de> {
    of: Reader<'p, 'de>,
    entries: Iter<'de, Entry>,
    /// Of which the key has been read, and not the value.
    entry: Option<&'de Entry>,
    missing: Iter<'p, (&'static str, usize)>,
    stand_in: Option<(&'static str, usize)>,
}

impl<'de> MapAccess<'de> for Fields<'_, 'de> {
    type Error = Fault;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Fault> {
        for entry in self.entries.by_ref() {
            let place = Path::Key(&self.of.place, &entry.key);
            if self.of.known.is_wrong(place) {
                continue;
            }
            if entry.again {
                return Err(Fault::new("stands there twice").at(place));
            }
            self.entry = Some(entry);
            return seed
                .deserialize(BorrowedStrDeserializer::new(&entry.key))
                .map(Some)
                .map_err(|fault: Fault| fault.at(place));
        }
        self.stand_in = self.missing.next().copied();
        self.stand_in
            .map(|(name, _)| seed.deserialize(name.into_deserializer()))
            .transpose()
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Fault> {
        if let Some(entry) = self.entry.take() {
            let place = Path::Key(&self.of.place, &entry.key);
            let reader = Reader {
                node: &entry.value,
                place,
                known: self.of.known,
            };
            return seed.deserialize(reader).map_err(|fault| fault.at(place));
        }
        let (name, choice) = self.stand_in.take().unwrap_or_default();
        seed.deserialize(StandIn::new(choice))
            .map_err(|_| Fault::stand_in(Path::Key(&self.of.place, name)))
    }
}

/// `{ "contains": … }`: what the field's name says, made of its value.
struct Variant<'p, 'de> {
    of: Reader<'p, 'de>,
    entry: &'de Entry,
}

impl<'de> Variant<'_, 'de> {
    fn content(&self) -> Reader<'_, 'de> {
        Reader {
            node: &self.entry.value,
            place: Path::Key(&self.of.place, &self.entry.key),
            known: self.of.known,
        }
    }
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Fault> {
        let name: BorrowedStrDeserializer<'_, Fault> =
            BorrowedStrDeserializer::new(&self.entry.key);
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Err(Fault::new("is an object, not a text"))
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        let content = self.content();
        seed.deserialize(content)
            .map_err(|fault| fault.at(content.place))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        let content = self.content();
        content
            .list(visitor)
            .map_err(|fault| fault.at(content.place))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let content = self.content();
        content
            .object(visitor)
            .map_err(|fault| fault.at(content.place))
    }
}
