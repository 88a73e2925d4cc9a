// SPDX-License-Identifier: Apache-2.0
//! The relay chain's and the parachain's nodes.

use std::{fs, path::Path, process::Command, time::Duration};

use anyhow::{anyhow, ensure, Context, Result};
use zombienet_sdk::{LocalFileSystem, Network, NetworkConfig, NetworkConfigExt};

/// Seconds for what takes minutes at most: it ends what hangs.
const PATIENCE: u64 = 1_800;
/// The metric with the number of the newest finalised block.
const FINALISED: &str = "block_height{status=\"finalized\"}";
/// The metric with the number of the best block.
const BEST: &str = "block_height{status=\"best\"}";

/// A running network.
pub(crate) struct TestNetwork(Network<LocalFileSystem>);

impl TestNetwork {
    /// Starts the network that a file describes and waits until all of its nodes run.
    ///
    /// # Errors
    ///
    /// The file is unusable, a program is missing, or a node doesn't start.
    pub(crate) async fn start(description: &Path) -> Result<Self> {
        let path = description.to_str().context("a path that isn't UTF-8")?;
        let config = NetworkConfig::load_from_toml(path)?;
        let network = config.spawn_native().await?;
        let network = Self(network);
        if let Err(error) = network.0.wait_until_is_up(PATIENCE).await {
            network.stop().await?;
            return Err(error);
        }
        Ok(network)
    }

    /// The WebSocket address of a node.
    ///
    /// # Errors
    ///
    /// There is no such node.
    pub(crate) fn url(&self, node: &str) -> Result<String> {
        Ok(self.0.get_node(node)?.ws_uri().to_owned())
    }

    /// Number of the newest finalised block of a node's chain.
    ///
    /// # Errors
    ///
    /// The node doesn't answer.
    pub(crate) async fn finalised(&self, node: &str) -> Result<u32> {
        self.height(node, FINALISED).await
    }

    /// Number of the best block of a node's chain.
    ///
    /// # Errors
    ///
    /// The node doesn't answer.
    pub(crate) async fn best(&self, node: &str) -> Result<u32> {
        self.height(node, BEST).await
    }

    async fn height(&self, node: &str, metric: &str) -> Result<u32> {
        let height = self.0.get_node(node)?.reports(metric).await?;
        // A block number as Prometheus writes it: exact far beyond any that a test sees.
        Ok(height as u32)
    }

    /// Waits until a node has finalised a block with at least this number. A parachain's blocks are final when the relay chain has
    /// included and finalised them.
    ///
    /// # Errors
    ///
    /// It takes too long.
    pub(crate) async fn wait_until_finalised(&self, node: &str, number: u32) -> Result<()> {
        let enough = |height| height >= f64::from(number);
        self.0
            .get_node(node)?
            .wait_metric_with_timeout(FINALISED, enough, PATIENCE)
            .await
            .with_context(|| format!("{node} doesn't finalise block {number}"))
    }

    /// Kills a node as a power cut would, with SIGKILL.
    ///
    /// # Errors
    ///
    /// The node isn't there, or doesn't end.
    pub(crate) fn kill(&self, node: &str) -> Result<()> {
        let folder = self.0.get_node(node)?.base_dir().clone();
        let process = process_in(&folder)?
            .with_context(|| format!("no process works in {}", folder.display()))?;
        let killed = Command::new("kill")
            .args(["-KILL", &process.to_string()])
            .status()?;
        ensure!(killed.success(), "kill -KILL {process} failed");
        for _ in 0..100 {
            if process_in(&folder)?.is_none() {
                return Ok(());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Err(anyhow!("{node} (process {process}) is still there"))
    }

    /// Ends all nodes.
    ///
    /// # Errors
    ///
    /// A node can't be ended.
    pub(crate) async fn stop(self) -> Result<()> {
        self.0.destroy().await.context("stopping the network")
    }
}

/// The process one of whose arguments lies in a folder, which only a node of this network has. One that has ended has no
/// arguments.
fn process_in(folder: &Path) -> Result<Option<u32>> {
    let own = std::process::id();
    for entry in fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(process) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // It may have ended meanwhile.
        let Ok(arguments) = fs::read(format!("/proc/{process}/cmdline")) else {
            continue;
        };
        let in_folder = arguments
            .split(|byte| *byte == 0)
            .filter_map(|argument| std::str::from_utf8(argument).ok())
            .any(|argument| Path::new(argument).starts_with(folder));
        if in_folder && process != own {
            return Ok(Some(process));
        }
    }
    Ok(None)
}
