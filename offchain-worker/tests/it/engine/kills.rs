// SPDX-License-Identifier: Apache-2.0
//! SIGKILL between any two steps. A child process (this test program again) serves two jobs and kills itself at a given point; a second
//! one goes on where it stopped. Whatever the point, each job is accepted once, submitted once, settled, and recorded.

use std::{
    collections::BTreeMap,
    io::Write,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, ExitStatus},
    sync::{Arc, Mutex},
};

use assay_worker::{
    services::{FailPoint, Hooks},
    store::Store,
};

use super::{
    rig::{assert_settled_once, calls, is_idle, Rig, Setup, Stage, ALICE, PERIOD},
    sim::{market::EASY, Sim},
};

/// The folder of the chain and the database: makes the test program a child.
const FOLDER: &str = "ASSAY_TEST_KILL_FOLDER";
/// `point#n`: where the child kills itself, when it comes there for the `n`th time.
const KILL_AT: &str = "ASSAY_TEST_KILL_AT";
/// The points that a child without failures comes to.
const POINTS: [&str; 15] = [
    "acceptance signed",
    "acceptance stored",
    "acceptance written",
    "early result written",
    "end stored",
    "executed",
    "outcomes stored",
    "outputs stored",
    "proof stored",
    "proven",
    "submission signed",
    "submission written",
    "transaction forgotten",
    "transaction sent",
    "view observed",
];
/// Blocks for which the pool is held after a kill.
const HELD: u32 = 100;
/// The job numbers of the two jobs.
const JOBS: [u64; 2] = [1, 2];

/// Counts the points, writes each down when it is reached first, and kills the process at one of them.
struct Recorder {
    folder: PathBuf,
    kill_at: Option<(String, u32)>,
    counts: Mutex<BTreeMap<&'static str, u32>>,
}

impl FailPoint for Recorder {
    fn reach(&self, point: &'static str) {
        let mut counts = self.counts.lock().unwrap();
        let count = counts.entry(point).or_insert(0);
        *count += 1;
        if *count == 1 {
            let file = std::fs::File::options()
                .append(true)
                .create(true)
                .open(self.folder.join("points"));
            writeln!(file.unwrap(), "{point}").unwrap();
        }
        if self.kill_at == Some((point.to_string(), *count)) {
            let process = std::process::id().to_string();
            Command::new("kill")
                .args(["-KILL", &process])
                .status()
                .unwrap();
            // The signal is on its way; nothing more happens here.
            loop {
                std::thread::park();
            }
        }
    }
}

/// Serves the jobs until they are settled and nothing is open.
#[test]
fn child() {
    let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else {
        return;
    };
    let kill_at = std::env::var(KILL_AT).ok().map(|text| {
        let (point, count) = text.split_once('#').unwrap();
        (point.to_string(), count.parse().unwrap())
    });
    let recorder = Recorder {
        folder: folder.clone(),
        kill_at,
        counts: Mutex::default(),
    };
    let sim = Sim::open(&folder.join("chain"));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut setup = Setup::new(&folder, ALICE);
        setup.hooks = Hooks::with_fail_point(Arc::new(recorder));
        setup.config.jobs.early_results = true;
        // No transaction dies while the pool is held.
        setup.config.chain.transaction_lifetime = 1_024;
        let _blocks = sim.produce(PERIOD);
        let rig: Rig = setup.start(&sim);
        rig.until_idle_after(&JOBS).await;
        rig.stop().await.unwrap();
    });
}

fn run_child(folder: &Path, kill_at: Option<&str>) -> ExitStatus {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command
        .args(["--exact", "engine::kills::child", "--nocapture"])
        .env(FOLDER, folder)
        .env_remove(KILL_AT);
    if let Some(point) = kill_at {
        command.env(KILL_AT, point);
    }
    let output = command.output().unwrap();
    if !output.status.success() && output.status.signal().is_none() {
        panic!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    output.status
}

fn stage_with_jobs() -> Stage {
    let stage = Stage::new();
    let jobs = [stage.post(1, EASY), stage.post(2, EASY)];
    assert_eq!(jobs, JOBS);
    // Time to kill the sender before a block takes what it has sent.
    stage.sim.change(|state| state.delay = 15);
    stage
}

/// Kills at `point`, goes on, and looks at what came of it.
fn survives(point: &str) {
    let stage = stage_with_jobs();
    let folder = stage.folder.path();
    let killed = run_child(folder, Some(point));
    assert_eq!(killed.signal(), Some(9), "{point} was not reached");
    // What was sent stays in the pool while the worker comes back: if it has forgotten that, it sends something else.
    stage
        .sim
        .change(|state| state.pool_held_until = state.best().number + HELD);
    assert!(run_child(folder, None).success(), "{point}");
    let store = Store::open_read_only(&folder.join(format!("worker-{}", ALICE[0]))).unwrap();
    assert!(is_idle(&store), "{point}");
    assert_settled_once(&stage.sim, &store, &JOBS, ALICE);
    stage.sim.read(|state| {
        for job in JOBS {
            assert!(calls(state, "early", job).0 <= 1, "{point}");
        }
    });
}

#[test]
fn a_child_that_is_not_killed_comes_to_every_point() {
    let stage = stage_with_jobs();
    assert!(run_child(stage.folder.path(), None).success());
    let text = std::fs::read_to_string(stage.folder.path().join("points")).unwrap();
    let mut points: Vec<&str> = text.lines().collect();
    points.sort_unstable();
    // Whoever adds a point adds it here, so that a process is killed there, too.
    assert_eq!(points, POINTS);
}

#[test]
fn a_kill_at_any_point_loses_no_job_and_submits_none_twice() {
    for point in POINTS {
        survives(&format!("{point}#1"));
    }
}

#[test]
fn a_kill_at_a_later_visit_of_a_point_does_no_harm_either() {
    for point in [
        "transaction sent",
        "acceptance written",
        "submission written",
        "transaction forgotten",
        "end stored",
    ] {
        survives(&format!("{point}#2"));
    }
}
