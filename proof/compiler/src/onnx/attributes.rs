// SPDX-License-Identifier: Apache-2.0
//! Typed access to the attributes of an ONNX node.

use super::proto::{attribute_proto::AttributeType, AttributeProto, TensorProto};

use crate::error::FieldError;

/// The attributes of one node.
pub(crate) struct Attributes<'a> {
    pub(crate) list: &'a [AttributeProto],
    /// Names the node in errors.
    pub(crate) field: &'a str,
}

impl<'a> Attributes<'a> {
    fn get(
        &self,
        name: &str,
        kind: AttributeType,
    ) -> Result<Option<&'a AttributeProto>, FieldError> {
        let Some(attribute) = self.list.iter().find(|attribute| attribute.name == name) else {
            return Ok(None);
        };
        // Writers before IR version 2 leave the type undefined.
        if attribute.r#type != kind as i32 && attribute.r#type != AttributeType::Undefined as i32 {
            return Err(self.malformed(name, &format!("not of type {}", kind.as_str_name())));
        }
        Ok(Some(attribute))
    }

    /// An error about an attribute.
    pub(crate) fn malformed(&self, name: &str, what: &str) -> FieldError {
        FieldError::malformed(format!("{}, attribute {name}", self.field), what)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.list.iter().any(|attribute| attribute.name == name)
    }

    pub(crate) fn int(&self, name: &str) -> Result<Option<i64>, FieldError> {
        Ok(self
            .get(name, AttributeType::Int)?
            .map(|attribute| attribute.i))
    }

    pub(crate) fn int_or(&self, name: &str, default: i64) -> Result<i64, FieldError> {
        Ok(self.int(name)?.unwrap_or(default))
    }

    /// A finite float, or the default.
    pub(crate) fn float_or(&self, name: &str, default: f64) -> Result<f64, FieldError> {
        let value = self
            .get(name, AttributeType::Float)?
            .map_or(default, |attribute| attribute.f as f64);
        if value.is_nan() {
            return Err(self.malformed(name, "not a number"));
        }
        Ok(value)
    }

    pub(crate) fn ints(&self, name: &str) -> Result<Option<&'a [i64]>, FieldError> {
        Ok(self
            .get(name, AttributeType::Ints)?
            .map(|attribute| &attribute.ints[..]))
    }

    pub(crate) fn floats(&self, name: &str) -> Result<Option<&'a [f32]>, FieldError> {
        Ok(self
            .get(name, AttributeType::Floats)?
            .map(|attribute| &attribute.floats[..]))
    }

    pub(crate) fn string(&self, name: &str) -> Result<Option<&'a str>, FieldError> {
        let Some(attribute) = self.get(name, AttributeType::String)? else {
            return Ok(None);
        };
        std::str::from_utf8(&attribute.s)
            .map(Some)
            .map_err(|_| self.malformed(name, "not UTF-8"))
    }

    pub(crate) fn tensor(&self, name: &str) -> Result<Option<&'a TensorProto>, FieldError> {
        Ok(self
            .get(name, AttributeType::Tensor)?
            .and_then(|attribute| attribute.t.as_ref()))
    }
}
