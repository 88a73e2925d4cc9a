// SPDX-License-Identifier: Apache-2.0
//! Compiled models on disk.

use std::fs;

use assay_compiler::{compile_bytes, Bundle, Options, Silent};

use crate::onnx::Builder;

fn bundle() -> Bundle {
    let mut builder = Builder::new(13, &[0, 4]);
    builder.gemm(4, 3);
    builder.then("Sigmoid", &[], &[]);
    builder.gemm(3, 2);
    compile_bytes(
        &builder.bytes(),
        &builder.samples(4),
        &Options::default(),
        &Silent,
    )
    .unwrap()
    .into()
}

#[test]
fn come_back_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("compiled");
    let bundle = bundle();
    bundle.write(&path, &[]).unwrap();
    let read = Bundle::read(&path).unwrap();
    assert_eq!(read.model, bundle.model);
    assert_eq!(read.input, bundle.input);
    assert_eq!(read.output, bundle.output);
    // Replaced as a whole, nothing left beside it.
    bundle.write(&path, &[]).unwrap();
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    assert_eq!(fs::read_dir(&path).unwrap().count(), 3);
}

#[test]
fn do_not_replace_other_folders() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("precious"), "data").unwrap();
    assert!(bundle().write(folder.path(), &[]).is_err());
    assert!(folder.path().join("precious").exists());
    assert!(bundle()
        .write(&folder.path().join("precious"), &[])
        .is_err());
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[test]
fn are_checked_when_read() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("compiled");
    for file in ["circuit.bin", "parameters.bin"] {
        bundle().write(&path, &[]).unwrap();
        let place = path.join(file);
        let bytes = fs::read(&place).unwrap();
        for at in [0, bytes.len() / 2, bytes.len() - 1] {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            fs::write(&place, changed).unwrap();
            assert!(Bundle::read(&path).is_err(), "{file} {at}");
        }
        fs::write(&place, &bytes[..bytes.len() - 1]).unwrap();
        assert!(Bundle::read(&path).is_err());
        fs::remove_file(&place).unwrap();
        assert_eq!(Bundle::read(&path).unwrap_err().file, place);
        fs::write(&place, bytes).unwrap();
        Bundle::read(&path).unwrap();
    }
    let place = path.join("model.json");
    let text = fs::read_to_string(&place).unwrap();
    for (from, to) in [
        ("\"version\": 1", "\"version\": 2"),
        ("\"low\": -128", "\"low\": -127"),
        ("\"scale_bits\": \"", "\"scale_bits\": \"f"),
        (
            "\"shape\": [\n      1,\n      4",
            "\"shape\": [\n      2,\n      4",
        ),
        ("\"input\"", "\"inputs\""),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text, "{from}");
        fs::write(&place, changed).unwrap();
        assert_eq!(Bundle::read(&path).unwrap_err().file, place, "{from}");
    }
}
