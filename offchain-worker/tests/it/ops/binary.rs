// SPDX-License-Identifier: Apache-2.0
//! The command line, run as operators run it.

use std::{
    fs,
    io::{BufRead, BufReader},
    os::unix::fs::PermissionsExt,
    process::{Command, Stdio},
    sync::Arc,
};

use assay_worker::{
    config::template::TEMPLATE,
    data_dir::DataDir,
    telemetry::{Health, JobStatus, Metrics, Server},
};

use super::{
    http::{row, Jobs},
    process::{text, Place, ALICE},
};

const BASIC: &str = r#"
[account]
provider = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"
seed_env = "SEED"
[chain]
urls = ["ws://127.0.0.1:1"]
[device]
adapter = "cpu"
[storage]
data_dir = "{folder}/data"
min_free = "1 MiB"
[telemetry]
address = "127.0.0.1:0"
"#;

mod should {
    use super::*;

    #[test]
    fn write_a_documented_configuration_once() {
        let place = Place::new("");
        let path = place.path("new.toml");
        let name = path.to_str().unwrap();
        let (code, out, _) = text(&place.output(&["config", "init", "--output", name]));
        assert_eq!(code, 0);
        assert!(out.contains(name));
        assert_eq!(fs::read_to_string(&path).unwrap(), TEMPLATE);
        let (code, _, err) = text(&place.output(&["config", "init", "--output", name]));
        assert_eq!(code, 2);
        assert!(err.contains("[A-CF-005]"), "{err}");
    }

    #[test]
    fn check_the_configuration_by_itself() {
        let (code, out, _) = text(&Place::new(BASIC).output(&["config", "check"]));
        assert_eq!(code, 0, "{out}");
        let (code, _, err) =
            text(&Place::new("[jobs]\nmax_opne = 1\n").output(&["config", "check"]));
        assert_eq!(code, 2);
        assert!(
            err.contains("[A-CF-002]") && err.contains("max_opne"),
            "{err}"
        );
        let (code, _, err) = text(&Place::new("").output(&["config", "check"]));
        assert_eq!(code, 2);
        assert!(
            err.contains("[A-CF-003]") && err.contains("account.provider"),
            "{err}"
        );
        let mut command = Place::new(BASIC).command(&["config", "check"]);
        command.env("ASSAY_WORKER__JOBS__MAX_OPEN", "many");
        let (code, _, err) = text(&command.output().unwrap());
        // The folder is gone by now: a file that can't be read is another error.
        assert_eq!(code, 2);
        assert!(err.contains("[A-CF-001]"), "{err}");
        let place = Place::new(BASIC);
        let mut command = place.command(&["config", "check"]);
        command.env("ASSAY_WORKER__JOBS__MAX_OPEN", "many");
        let (code, _, err) = text(&command.output().unwrap());
        assert_eq!(code, 2);
        assert!(err.contains("[A-CF-004]"), "{err}");
    }

    #[test]
    fn show_the_effective_configuration_without_secrets() {
        let place = Place::new(BASIC);
        let mut command = place.command(&["config", "show"]);
        command
            .env(
                "ASSAY_WORKER__CHAIN__URLS",
                "wss://rpc.example/s3cret-token",
            )
            .env("ASSAY_WORKER__JOBS__MAX_OPEN", "9")
            .env("SEED", "//Alice");
        let (code, out, err) = text(&command.output().unwrap());
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("max_open = 9"));
        assert!(!out.contains("s3cret") && !out.contains("//Alice"));
        let (_, out, _) = text(&place.output(&["config", "show", "--json"]));
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json["account"]["provider"], ALICE);
    }

    #[test]
    fn make_a_key_that_only_its_owner_reads_and_show_its_address() {
        let place = Place::new(BASIC);
        let path = place.path("hot.json");
        let name = path.to_str().unwrap();
        let new = || {
            let mut command = place.command(&["keys", "new", "--output", name, "--json"]);
            command
                .args(["--password-env", "PASSWORD"])
                .env("PASSWORD", "correct horse");
            text(&command.output().unwrap())
        };
        let (code, out, err) = new();
        assert_eq!(code, 0, "{err}");
        let shown: serde_json::Value = serde_json::from_str(&out).unwrap();
        let address = shown["address"].as_str().unwrap();
        assert!(shown.get("phrase").is_none());
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        for text in [&out, &err, &fs::read_to_string(&path).unwrap()] {
            assert!(!text.contains("correct horse"));
        }
        // Nobody loses a key to a second run.
        let (code, _, err) = new();
        assert_eq!(code, 2);
        assert!(err.contains("[A-KY-004]"), "{err}");
        let (code, out, _) = text(&place.output(&["keys", "show", "--keystore", name]));
        assert_eq!(code, 0);
        assert!(out.contains(address));
    }

    #[test]
    fn import_a_key_from_the_environment() {
        let place = Place::new(BASIC);
        let path = place.path("alice.json");
        let mut command = place.command(&["keys", "import", "--output"]);
        command
            .arg(&path)
            .args(["--seed-env", "SEED", "--password-env", "PASSWORD"])
            .env("SEED", "//Alice")
            .env("PASSWORD", "correct horse");
        let (code, out, err) = text(&command.output().unwrap());
        assert_eq!(code, 0, "{err}");
        assert!(out.contains(ALICE), "{out}");
        assert!(!out.contains("//Alice") && !err.contains("//Alice"));
    }

    #[test]
    fn say_that_there_is_no_terminal_to_ask_on() {
        let place = Place::new(BASIC);
        let path = place.path("new.json");
        let (code, _, err) =
            text(&place.output(&["keys", "new", "--output", path.to_str().unwrap()]));
        assert_eq!(code, 2);
        assert!(err.contains("no terminal"), "{err}");
        assert!(!path.exists());
    }

    #[test]
    fn tick_what_is_on_this_machine() {
        let place = Place::new(BASIC);
        let check = |seed: &str| {
            let mut command = place.command(&["check", "--offline", "--json"]);
            command.env("SEED", seed);
            let (code, out, err) = text(&command.output().unwrap());
            let json: serde_json::Value = serde_json::from_str(&out).unwrap_or_else(|error| {
                panic!("{error}: {out} {err}");
            });
            (code, json)
        };
        let result = |json: &serde_json::Value, name: &str| {
            let rows = json["checks"].as_array().unwrap();
            let row = rows.iter().find(|row| row["check"] == name);
            row.unwrap_or_else(|| panic!("no {name}: {json}"))["result"]
                .as_str()
                .unwrap()
                .to_string()
        };
        let (code, json) = check("//Alice");
        assert_eq!((code, json["ready"].as_bool()), (0, Some(true)), "{json}");
        assert_eq!(result(&json, "key"), "ok");
        assert_eq!(result(&json, "device"), "ok");
        // Alice signs for herself.
        assert_eq!(result(&json, "key is a hot key"), "warning");
        let (code, json) = check("not a phrase");
        assert_eq!(code, 1);
        assert_eq!(result(&json, "key"), "failed");
        assert!(!json.to_string().contains("not a phrase"), "{json}");
    }

    #[test]
    fn fail_the_check_when_no_node_answers() {
        let place = Place::new(BASIC);
        let mut command = place.command(&["check"]);
        command.env("SEED", "//Bob");
        let (code, out, err) = text(&command.output().unwrap());
        assert_eq!(code, 1, "{out}{err}");
        assert!(
            out.contains('✗') && out.contains("ws://127.0.0.1:1"),
            "{out}"
        );
        assert!(err.contains("[A-CM-001]"), "{err}");
    }

    #[test]
    fn refuse_to_run_twice_on_one_data_directory() {
        let place = Place::new(BASIC);
        let _held = DataDir::open(&place.path("data")).unwrap();
        let mut command = place.command(&["run"]);
        command.env("SEED", "//Alice");
        let (code, _, err) = text(&command.output().unwrap());
        assert_eq!(code, 2);
        assert!(err.contains("[A-SV-005]"), "{err}");
        assert!(err.contains(&std::process::id().to_string()), "{err}");
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn ask_the_running_worker_for_its_jobs() {
        let any = ([127, 0, 0, 1], 0).into();
        let server = Server::start(any, Health::default(), Metrics::new())
            .await
            .unwrap();
        let rows = vec![row(9, JobStatus::Settled), row(8, JobStatus::Lost)];
        server.set_jobs(Arc::new(Jobs(rows)));
        let port = server.address().port();
        let place = Place::new(&BASIC.replace("127.0.0.1:0", &format!("127.0.0.1:{port}")));
        let _held = DataDir::open(&place.path("data")).unwrap();
        let (code, out, err) = text(&place.output(&["jobs", "--status", "settled"]));
        assert_eq!(code, 0, "{err}");
        assert!(out.contains("earned 1.5 ASY") && out.contains('9'), "{out}");
        let (code, out, _) = text(&place.output(&["jobs", "--json", "--limit", "1"]));
        assert_eq!(code, 0);
        let json: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(json["jobs"][0]["job"], 9);
        // It runs, and doesn't answer.
        let place = Place::new(&BASIC.replace("127.0.0.1:0", "127.0.0.1:1"));
        let _held = DataDir::open(&place.path("data")).unwrap();
        let (code, _, err) = text(&place.output(&["jobs"]));
        assert_eq!(code, 1);
        assert!(err.contains("[A-CM-002]"), "{err}");
    }

    /// Without a node the worker waits for one, says so, and can be stopped.
    #[tokio::test(flavor = "multi_thread")]
    async fn wait_for_a_node_and_stop_when_told() {
        let place = Place::new(BASIC);
        let mut command = place.command(&["run"]);
        command.env("SEED", "//Alice").stderr(Stdio::piped());
        let mut worker = command.spawn().unwrap();
        let mut lines = BufReader::new(worker.stderr.take().unwrap()).lines();
        let mut log = String::new();
        let address = loop {
            let line = lines
                .next()
                .unwrap_or_else(|| panic!("ended:\n{log}"))
                .unwrap();
            log.push_str(&line);
            log.push('\n');
            if line.contains("serving /metrics") {
                let (_, address) = line.split_once("address=").unwrap();
                break address.split_whitespace().next().unwrap().to_string();
            }
        };
        // Read on, so that the worker never waits for a reader.
        let rest = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<_>>());
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let get = |path| client.get(format!("http://{address}{path}")).send();
        assert_eq!(get("/health").await.unwrap().status(), 503);
        let metrics = get("/metrics").await.unwrap().text().await.unwrap();
        assert!(metrics.contains("assay_worker_connected 0"), "{metrics}");
        let id = worker.id().to_string();
        let kill = Command::new("kill").args(["-TERM", &id]).status().unwrap();
        assert!(kill.success());
        let status = worker.wait().unwrap();
        let rest = rest.join().unwrap().join("\n");
        assert_eq!(status.code(), Some(0), "{log}{rest}");
        assert!(rest.contains("SIGTERM"), "{rest}");
        assert!(!rest.contains("//Alice"));
    }
}
