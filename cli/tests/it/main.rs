// SPDX-License-Identifier: Apache-2.0
//! The `assay` binary: what it prints, its exit codes, and that a failure writes nothing.

mod arguments;
mod live;
mod receipt;

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
        shown.contains("agreement") && shown.contains("MaxPool"),
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

/// A compiled model with a proof of two digits.
struct Proven {
    temporary: tempfile::TempDir,
}

impl Proven {
    fn new() -> Self {
        let proven = Self {
            temporary: tempfile::tempdir().unwrap(),
        };
        json(&compile("mnist-mlp", &proven.place("model")));
        let digits = proven.digits();
        let place = |name: &str| text(&proven.place(name)).to_string();
        let result = assay(&[
            "prove",
            &place("model"),
            "--input",
            &digits[0],
            &digits[1],
            "-o",
            &place("proof.bin"),
            "--job",
            "07",
            "--json",
        ]);
        fs::write(proven.place("output.json"), &result.stdout).unwrap();
        let result = json(&result);
        assert!(result["prove_ms"].is_f64());
        let proof = fs::metadata(proven.place("proof.bin")).unwrap();
        assert_eq!(result["proof_bytes"], proof.len());
        assert_eq!(result["codes"].as_array().unwrap().len(), 2);
        assert_eq!(result["output"].as_array().unwrap().len(), 2);
        // What somebody needs who has not got the weights.
        fs::create_dir(proven.place("key")).unwrap();
        for file in ["model.vk", "model.json"] {
            let from = proven.place("model").join(file);
            fs::copy(from, proven.place("key").join(file)).unwrap();
        }
        proven
    }

    fn place(&self, name: &str) -> PathBuf {
        self.temporary.path().join(name)
    }

    fn digits(&self) -> [String; 2] {
        let digits = models().join("mnist-digits");
        ["digit-2.png", "digit-7.png"].map(|name| text(&digits.join(name)).to_string())
    }

    /// Verifies with another output file or proof file in the temporary folder, and further arguments.
    fn verify(&self, inputs: &[String], output: &str, proof: &str, more: &[&str]) -> Output {
        let (key, output) = (self.place("key/model.vk"), self.place(output));
        let proof = self.place(proof);
        let mut arguments = vec!["verify", text(&key), "--output", text(&output)];
        arguments.extend(["--proof", text(&proof), "--json", "--input"]);
        arguments.extend(inputs.iter().map(String::as_str));
        arguments.extend(more);
        assay(&arguments)
    }
}

#[test]
fn proves_and_verifies_without_the_weights() {
    let proven = Proven::new();
    let digits = proven.digits();
    let result = json(&proven.verify(&digits, "output.json", "proof.bin", &["--job", "07"]));
    assert_eq!(result["valid"], true);
    assert!(result["verify_ms"].is_f64());

    // With the input's codes not even the model's scale is needed: the key alone verifies.
    fs::create_dir(proven.place("bare")).unwrap();
    let bare = proven.place("bare/model.vk");
    fs::copy(proven.place("model/model.vk"), &bare).unwrap();
    let list = models().join("mnist-digits/digit-7.json");
    let list: Value = serde_json::from_slice(&fs::read(list).unwrap()).unwrap();
    let pixels = list["input_data"][0].as_array().unwrap();
    let codes = pixels.iter().map(|pixel| pixel.as_f64().unwrap() * 255.0);
    let codes: Vec<i64> = codes.map(|code| code.round() as i64).collect();
    let input = serde_json::json!({ "input_codes": [codes] }).to_string();
    fs::write(proven.place("codes.json"), input).unwrap();
    let (codes, bare) = (proven.place("codes.json"), text(&bare).to_string());
    let place = |name: &str| text(&proven.place(name)).to_string();
    let seven = json(&assay(&[
        "prove",
        &place("model"),
        "--input",
        &digits[1],
        "-o",
        &place("seven.bin"),
        "--json",
    ]));
    fs::write(proven.place("seven.json"), seven.to_string()).unwrap();
    let result = json(&assay(&[
        "verify",
        &bare,
        "--input",
        text(&codes),
        "--output",
        &place("seven.json"),
        "--proof",
        &place("seven.bin"),
        "--json",
    ]));
    assert_eq!(result["valid"], true);
}

#[test]
fn an_invalid_proof_exits_with_1() {
    let proven = Proven::new();
    let digits = proven.digits();
    let swapped = [digits[1].clone(), digits[0].clone()];
    let mut lie: Value =
        serde_json::from_slice(&fs::read(proven.place("output.json")).unwrap()).unwrap();
    lie["codes"][1][3] = 0.into();
    fs::write(proven.place("lie.json"), lie.to_string()).unwrap();
    let mut proof = fs::read(proven.place("proof.bin")).unwrap();
    proof[100] ^= 1;
    fs::write(proven.place("flipped.bin"), &proof).unwrap();
    proof.truncate(1000);
    fs::write(proven.place("short.bin"), &proof).unwrap();

    let provider = "11".repeat(32);
    let job = ["--job", "07"];
    let other_provider = ["--job", "07", "--provider", &provider];
    let other_chain = ["--job", "07", "--chain-id", &provider];
    for (inputs, output, proof, more) in [
        (&digits, "lie.json", "proof.bin", &job[..]),
        (&swapped, "output.json", "proof.bin", &job),
        (&digits, "output.json", "flipped.bin", &job),
        (&digits, "output.json", "short.bin", &job),
        (&digits, "output.json", "proof.bin", &[]),
        (&digits, "output.json", "proof.bin", &["--job", "08"]),
        (&digits, "output.json", "proof.bin", &other_provider),
        (&digits, "output.json", "proof.bin", &other_chain),
    ] {
        let result = proven.verify(inputs, output, proof, more);
        assert_eq!(result.status.code(), Some(1), "{output} {proof} {more:?}");
        let verdict: Value = serde_json::from_slice(&result.stdout).unwrap();
        assert_eq!(verdict["valid"], false);
        assert!(verdict["reason"].is_string());
    }
}

#[test]
fn unusable_files_exit_with_2() {
    let proven = Proven::new();
    let digits = proven.digits();
    fs::write(proven.place("broken.json"), b"{").unwrap();
    fs::write(
        proven.place("short.json"),
        r#"{"prove_ms":1.0,"proof_bytes":1,"output":[[1.0],[1.0]],"codes":[[1],[1]]}"#,
    )
    .unwrap();
    let samples = [text(&models().join("mnist-mlp/model.onnx")).to_string()];
    let too_many: Vec<String> = digits.iter().chain(&digits).cloned().collect();
    for (inputs, output, proof, named) in [
        (&digits[..], "broken.json", "proof.bin", "broken.json"),
        (&digits, "missing.json", "proof.bin", "missing.json"),
        (&digits, "short.json", "proof.bin", "short.json"),
        (&digits, "output.json", "missing.bin", "missing.bin"),
        (&samples, "output.json", "proof.bin", "model.onnx"),
        (&too_many, "output.json", "proof.bin", "4 inputs"),
    ] {
        let result = proven.verify(inputs, output, proof, &["--job", "07"]);
        let message = String::from_utf8(result.stderr).unwrap();
        assert_eq!(result.status.code(), Some(2), "{message}");
        assert!(message.contains(named), "{message}");
        assert!(result.stdout.is_empty());
    }
    // A key that is damaged is not a key.
    let key = proven.place("key/model.vk");
    let mut bytes = fs::read(&key).unwrap();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&key, bytes).unwrap();
    let result = proven.verify(&digits, "output.json", "proof.bin", &["--job", "07"]);
    assert_eq!(result.status.code(), Some(2));
}
