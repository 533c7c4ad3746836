//! What stands in for a value that is not there, so that reading goes on behind it.
//!
//! serde stops at the first field that is missing, and tells of one. So the input is read again with something in that
//! field that its type may accept; what is read then is thrown away, and only the faults that come after count.

use serde::Deserializer;
use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{DeserializeSeed, EnumAccess, IntoDeserializer, VariantAccess, Visitor};

use super::fault::Fault;

/// Texts of which most types accept one.
const TEXTS: [&str; 8] = [
    "aaaaaaaaaaaaaaa",
    "a@example.com",
    "example.com",
    "https://example.com/a",
    "00000000-0000-0000-0000-000000000000",
    "2000-01-01T00:00:00Z",
    "2000-01-01",
    "192.0.2.1",
];

/// A type can hold itself.
const MAX_DEPTH: usize = 16;

/// How many there are to choose from: each text, and what is none.
pub(super) const CHOICES: usize = TEXTS.len() + 1;

/// A value of whatever kind is asked for.
#[derive(Clone, Copy)]
pub(super) struct StandIn {
    /// Which of [`CHOICES`].
    choice: usize,
    /// How far inside of another it is.
    depth: usize,
}

impl IntoDeserializer<'_, Fault> for StandIn {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl StandIn {
    pub(super) fn new(choice: usize) -> Self {
        Self { choice, depth: 0 }
    }

    fn inside(self) -> Result<Self, Fault> {
        if self.depth < MAX_DEPTH {
            let depth = self.depth + 1;
            Ok(Self { depth, ..self })
        } else {
            Err(Fault::new("holds itself"))
        }
    }

    fn text<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match TEXTS.get(self.choice) {
            Some(text) => visitor.visit_str(text),
            None => visitor.visit_unit(),
        }
    }
}

macro_rules! with {
    ($visit:ident($value:expr): $($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
            visitor.$visit($value)
        })*
    };
}

impl<'de> Deserializer<'de> for StandIn {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        self.text(visitor)
    }

    with! { visit_bool(false): deserialize_bool }
    with! { visit_u64(1):
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128
        deserialize_f32 deserialize_f64
    }
    with! { visit_char('a'): deserialize_char }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_none()
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_seq(SeqDeserializer::new(std::iter::empty::<Self>()))
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        // Nobody asks for a long one by type.
        let items = std::iter::repeat_n(self.inside()?, length.min(64));
        visitor.visit_seq(SeqDeserializer::new(items))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_map(MapDeserializer::new(std::iter::empty::<(Self, Self)>()))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        let inside = self.inside()?;
        let fields = fields.iter().map(|field| (*field, inside));
        visitor.visit_map(MapDeserializer::new(fields))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match variants.first() {
            Some(name) => visitor.visit_enum(Variant {
                name,
                content: self,
            }),
            None => Err(Fault::new("has no variant")),
        }
    }

    serde::forward_to_deserialize_any! {
        str string bytes byte_buf identifier unit unit_struct ignored_any
    }
}

/// The first variant, whatever it holds.
struct Variant {
    name: &'static str,
    content: StandIn,
}

impl<'de> EnumAccess<'de> for Variant {
    type Error = Fault;
    type Variant = StandIn;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, StandIn), Fault> {
        let name = IntoDeserializer::<Fault>::into_deserializer(self.name);
        Ok((seed.deserialize(name)?, self.content))
    }
}

impl<'de> VariantAccess<'de> for StandIn {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Fault> {
        seed.deserialize(self.inside()?)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Fault> {
        self.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.deserialize_struct("", fields, visitor)
    }
}
