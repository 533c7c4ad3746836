//! Names of fields, for values that several fields have in common: an error names the one it is about.

/// A field that a value is for. An application can have its own.
pub trait Field {
    /// As errors name it.
    const NAME: &'static str;
}

macro_rules! fields {
    ($($(#[$doc:meta])* $field:ident = $name:literal;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
            pub enum $field {}

            impl Field for $field {
                const NAME: &'static str = $name;
            }
        )+
    };
}

fields! {
    /// `name`
    Name = "name";
    /// `given_name`
    GivenName = "given_name";
    /// `family_name`
    FamilyName = "family_name";
    /// `phone`
    Phone = "phone";
    /// `description`
    Description = "description";
    /// `body`
    Body = "body";
    /// `body_html`
    BodyHtml = "body_html";
}
