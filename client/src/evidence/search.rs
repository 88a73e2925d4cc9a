// SPDX-License-Identifier: Apache-2.0
//! Finding a call in an extrinsic, whatever it is wrapped in: a proxy, a batch, a multisig.
//!
//! A decoded call is a tree of values. A call of a pallet is a variant named after the pallet, with a variant named
//! after the call inside. So all of them are found by looking at every node, without knowing which calls wrap others.

use subxt::{
    dynamic::Value,
    ext::scale_value::{Composite, Primitive, ValueDef, Variant},
};

/// How deep calls may be nested. The chain itself refuses deeper ones.
const MAX_DEPTH: usize = 256;

/// All calls `pallet.name` in `value`, by their fields, outermost first.
pub(super) fn calls<'v>(value: &'v Value, pallet: &str, name: &str) -> Vec<&'v Composite<()>> {
    let mut found = Vec::new();
    walk(value, MAX_DEPTH, &mut |variant| {
        if variant.name != pallet {
            return;
        }
        let mut inner = variant.values.values();
        if let (Some(value), None) = (inner.next(), inner.next()) {
            match &value.value {
                ValueDef::Variant(call) if call.name == name => found.push(&call.values),
                _ => {}
            }
        }
    });
    found
}

/// Shows every variant of a tree.
fn walk<'v>(value: &'v Value, depth: usize, visit: &mut impl FnMut(&'v Variant<()>)) {
    let Some(depth) = depth.checked_sub(1) else {
        return;
    };
    let values = match &value.value {
        ValueDef::Composite(values) => values,
        ValueDef::Variant(variant) => {
            visit(variant);
            &variant.values
        }
        ValueDef::BitSequence(_) | ValueDef::Primitive(_) => return,
    };
    for value in values.values() {
        walk(value, depth, visit);
    }
}

/// The field `name`.
pub(super) fn field<'v>(fields: &'v Composite<()>, name: &str) -> Option<&'v Value> {
    match fields {
        Composite::Named(fields) => fields
            .iter()
            .find_map(|(field, value)| (field == name).then_some(value)),
        Composite::Unnamed(_) => None,
    }
}

/// The numbers of a sequence, whatever types are wrapped around it. `None` if one is no number, or doesn't fit.
pub(super) fn numbers<T: TryFrom<i128>>(value: &Value) -> Option<Vec<T>> {
    fn collect<T: TryFrom<i128>>(value: &Value, depth: usize, list: &mut Vec<T>) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match &value.value {
            ValueDef::Primitive(Primitive::U128(number)) => {
                let number = i128::try_from(*number).ok()?;
                list.push(number.try_into().ok()?);
            }
            ValueDef::Primitive(Primitive::I128(number)) => {
                list.push((*number).try_into().ok()?);
            }
            ValueDef::Composite(values) => {
                for value in values.values() {
                    collect(value, depth, list)?;
                }
            }
            ValueDef::Primitive(_) | ValueDef::Variant(_) | ValueDef::BitSequence(_) => {
                return None
            }
        }
        Some(())
    }
    let mut list = Vec::new();
    collect(value, 8, &mut list)?;
    Some(list)
}

#[cfg(test)]
mod should {
    use super::*;

    fn call(pallet: &str, name: &str, fields: Vec<(&str, Value)>) -> Value {
        Value::unnamed_variant(pallet, [Value::named_variant(name, fields)])
    }

    fn cancel(job: u128) -> Value {
        call("InferenceMarket", "cancel", vec![("job", Value::u128(job))])
    }

    fn jobs(value: &Value) -> Vec<u64> {
        calls(value, "InferenceMarket", "cancel")
            .into_iter()
            .map(|fields| numbers::<u64>(field(fields, "job").unwrap()).unwrap()[0])
            .collect()
    }

    #[test]
    fn find_a_call_as_it_is_and_wrapped() {
        assert_eq!(jobs(&cancel(3)), [3]);
        let proxied = call(
            "Proxy",
            "proxy",
            vec![("real", Value::u128(0)), ("call", cancel(4))],
        );
        assert_eq!(jobs(&proxied), [4]);
        let batch = Value::unnamed_composite([cancel(5), proxied, cancel(6)]);
        let batch = call("Utility", "batch_all", vec![("calls", batch)]);
        assert_eq!(jobs(&batch), [5, 4, 6]);
    }

    #[test]
    fn find_nothing_that_only_looks_alike() {
        assert!(jobs(&call(
            "InferenceMarket",
            "expire",
            vec![("job", Value::u128(3))]
        ))
        .is_empty());
        assert!(jobs(&call("Other", "cancel", vec![("job", Value::u128(3))])).is_empty());
        assert!(jobs(&Value::u128(3)).is_empty());
    }

    #[test]
    fn stop_before_the_stack_does() {
        let mut value = cancel(1);
        for _ in 0..10_000 {
            value = Value::unnamed_composite([value]);
        }
        assert!(jobs(&value).is_empty());
        // Dropping such a tree recurses as well, in somebody else's code.
        std::mem::forget(value);
    }

    #[test]
    fn read_bytes_and_signed_numbers() {
        let bytes = Value::unnamed_composite([Value::from_bytes([0, 255])]);
        assert_eq!(numbers::<u8>(&bytes), Some(vec![0, 255]));
        let codes = Value::unnamed_composite([Value::i128(-5), Value::i128(7)]);
        assert_eq!(numbers::<i32>(&codes), Some(vec![-5, 7]));
        assert_eq!(numbers::<u8>(&codes), None);
        assert_eq!(numbers::<u8>(&Value::bool(true)), None);
        assert_eq!(numbers::<u64>(&Value::u128(u128::MAX)), None);
    }
}
