// SPDX-License-Identifier: Apache-2.0
//! The `assay` binary: what it prints, its exit codes, and that a failure writes nothing.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde_json::Value;

fn models() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/models")
}

fn assay(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_assay"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

fn text(path: &Path) -> &str {
    path.to_str().expect("test paths are UTF-8")
}

/// Compiles an example model into `folder`.
fn compile(name: &str, folder: &Path) -> Output {
    let model = models().join(name).join("model.onnx");
    let samples = models().join("mnist-calibration.npz");
    assay(&[
        "model",
        "compile",
        text(&model),
        "--samples",
        text(&samples),
        "-o",
        text(folder),
        "--json",
    ])
}

fn json(output: &Output) -> Value {
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    // One document and nothing else; no progress bar where stderr isn't a terminal.
    assert!(
        output.stderr.is_empty(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("stdout is one JSON document")
}

#[test]
fn compiles_inspects_and_infers() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("compiled");
    let compiled = json(&compile("mnist-lenet", &folder));
    assert_eq!(compiled["parameters"], 61_706);
    assert!(compiled["agreement"].as_f64().unwrap() >= 0.98);
    assert!(compiled["max_abs_error"].as_f64().unwrap() > 0.0);
    assert!(compiled["compile_ms"].is_u64());
    let layers = compiled["layers"].as_array().unwrap();
    assert!(layers.len() > 7);
    for layer in layers {
        for key in [
            "name",
            "kind",
            "scale",
            "bits",
            "shift",
            "width",
            "max_abs_error",
            "error_bound",
        ] {
            assert!(layer.get(key).is_some(), "{key} in {layer}");
        }
    }

    let inspected = json(&assay(&["model", "inspect", text(&folder), "--json"]));
    assert_eq!(inspected["circuit_hash"], compiled["circuit_hash"]);
    assert_eq!(inspected["output"]["shape"], serde_json::json!([1, 10]));
    let shown = assay(&["model", "inspect", text(&folder)]);
    assert!(shown.status.success());
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("agreement") && shown.contains("Conv"),
        "{shown}"
    );

    let digits = models().join("mnist-digits");
    let infer = |file: &Path| {
        json(&assay(&[
            "infer",
            text(&folder),
            "--input",
            text(file),
            "--json",
        ]))
    };
    for digit in [2, 5, 7] {
        let result = infer(&digits.join(format!("digit-{digit}.png")));
        let keys: Vec<&String> = result.as_object().unwrap().keys().collect();
        assert_eq!(keys, ["codes", "output", "scale"]);
        let scale = result["scale"].as_f64().unwrap();
        let codes: Vec<i64> = result["codes"][0]
            .as_array()
            .unwrap()
            .iter()
            .map(|code| code.as_i64().unwrap())
            .collect();
        assert_eq!(codes.len(), 10);
        for (code, value) in codes.iter().zip(result["output"][0].as_array().unwrap()) {
            assert!((*code as f64 * scale - value.as_f64().unwrap()).abs() < 1e-9);
        }
        let largest = (0..10).max_by_key(|&class| codes[class]).unwrap();
        assert_eq!(largest, digit);
    }
    // The same digit from another format gives the same codes.
    let (png, list) = (
        infer(&digits.join("digit-7.png")),
        infer(&digits.join("digit-7.json")),
    );
    assert_eq!(png["codes"], list["codes"]);
    let batch = infer(&models().join("mnist-test.npz"));
    assert_eq!(batch["codes"].as_array().unwrap().len(), 200);

    let plain = assay(&[
        "infer",
        text(&folder),
        "--input",
        text(&digits.join("digit-7.png")),
    ]);
    assert!(String::from_utf8(plain.stdout)
        .unwrap()
        .contains("largest output 7"));
}

#[test]
fn bad_input_exits_with_2_and_writes_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let place = |name: &str| temporary.path().join(name);
    let model = models().join("mnist-mlp/model.onnx");
    let samples = models().join("mnist-calibration.npz");
    let bytes = fs::read(&model).unwrap();
    fs::write(place("truncated.onnx"), &bytes[..bytes.len() / 2]).unwrap();
    fs::write(place("empty.onnx"), b"").unwrap();
    fs::write(place("short.json"), r#"{"input_data": [[1, 2, 3]]}"#).unwrap();
    fs::write(place("nan.json"), r#"{"input_data": [["NaN"]]}"#).unwrap();
    fs::write(place("claim.npy"), {
        let mut header =
            b"{'descr': '<f4', 'fortran_order': False, 'shape': (50000, 50000), }".to_vec();
        header.resize(117, b' ');
        header.push(b'\n');
        let mut npy = b"\x93NUMPY\x01\x00".to_vec();
        npy.extend((header.len() as u16).to_le_bytes());
        npy.extend(header);
        npy
    })
    .unwrap();
    let model = text(&model);
    let samples = text(&samples);
    let owned = |name: &str| place(name).to_str().unwrap().to_string();
    let before = fs::read_dir(temporary.path()).unwrap().count();
    for (model, samples, named, field) in [
        (
            owned("truncated.onnx"),
            samples.to_string(),
            "truncated.onnx",
            "file",
        ),
        (
            owned("empty.onnx"),
            samples.to_string(),
            "empty.onnx",
            "file",
        ),
        (
            owned("missing.onnx"),
            samples.to_string(),
            "missing.onnx",
            "file",
        ),
        (
            model.to_string(),
            owned("missing.npz"),
            "missing.npz",
            "file",
        ),
        (
            model.to_string(),
            owned("short.json"),
            "short.json",
            "input_data[0]",
        ),
        (
            model.to_string(),
            owned("nan.json"),
            "nan.json",
            "input_data[0]",
        ),
        (model.to_string(), owned("claim.npy"), "claim.npy", "array"),
        // Labels are no samples: the first array is the one that is read, by name there is none.
        (
            model.to_string(),
            model.to_string(),
            "model.onnx",
            "file name",
        ),
    ] {
        let out = owned("out");
        let result = assay(&[
            "model",
            "compile",
            &model,
            "--samples",
            &samples,
            "-o",
            &out,
        ]);
        let message = String::from_utf8(result.stderr).unwrap();
        assert_eq!(result.status.code(), Some(2), "{message}");
        assert!(
            message.contains(named) && message.contains(field),
            "{message}"
        );
        assert!(result.stdout.is_empty());
        assert_eq!(
            fs::read_dir(temporary.path()).unwrap().count(),
            before,
            "{message}"
        );
    }
}

#[test]
fn wrong_arguments_exit_with_2() {
    for arguments in [
        &["model"][..],
        &["infer"],
        &["nonsense"],
        &["model", "compile", "x"],
    ] {
        assert_eq!(assay(arguments).status.code(), Some(2), "{arguments:?}");
    }
    let temporary = tempfile::tempdir().unwrap();
    let missing = temporary.path().join("nothing");
    let result = assay(&["model", "inspect", text(&missing)]);
    assert_eq!(result.status.code(), Some(2));
    assert!(String::from_utf8(result.stderr)
        .unwrap()
        .contains("model.json"));
    for flag in ["--max-error=-1", "--max-error=NaN", "--bits=7"] {
        let model = models().join("mnist-mlp/model.onnx");
        let samples = models().join("mnist-calibration.npz");
        let out = temporary.path().join("out");
        let result = assay(&[
            "model",
            "compile",
            text(&model),
            "--samples",
            text(&samples),
            "-o",
            text(&out),
            flag,
        ]);
        assert_eq!(result.status.code(), Some(2), "{flag}");
        assert!(!out.exists());
    }
}

#[test]
fn replaces_only_compiled_models() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("compiled");
    json(&compile("mnist-mlp-tanh-sigmoid", &folder));
    json(&compile("mnist-mlp-tanh-sigmoid", &folder));
    fs::remove_file(folder.join("model.json")).unwrap();
    let refused = compile("mnist-mlp-tanh-sigmoid", &folder);
    assert_eq!(refused.status.code(), Some(2));
    assert!(folder.join("circuit.bin").exists());
}
