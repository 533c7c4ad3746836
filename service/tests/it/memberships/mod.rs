//! Members: who they are, who may make them, and that an owner is always left.

mod granting;
mod joining;
mod leaving;
mod ownership;
mod reading;
