// SPDX-License-Identifier: GPL-3.0-only
//! The ports that a node listens on, probed before it starts.
//!
//! The library moves a JSON-RPC server whose port is taken to a random one, and reports the other
//! two only in its log. Here each is an error before anything is written to disk; but for the
//! relay chain's JSON-RPC on its default port, which may move.

use sc_cli::{DefaultConfigurationValues, RunCmd};
use std::{
    fmt, io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, UdpSocket},
};

use crate::arguments::{self, Cli};

/// What a port is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    JsonRpc,
    PeerToPeer,
    Prometheus,
}

/// Which of the two nodes in one process listens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Side {
    Parachain,
    RelayChain,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Transport {
    Tcp,
    Udp,
}

/// An address that a node is going to listen on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Endpoint {
    side: Side,
    service: Service,
    transport: Transport,
    address: SocketAddr,
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (name, option) = match self.service {
            Service::JsonRpc => ("JSON-RPC", "--rpc-port"),
            Service::PeerToPeer => ("peer-to-peer", "--port"),
            Service::Prometheus => ("Prometheus", "--prometheus-port"),
        };
        let after = match self.side {
            Side::Parachain => "",
            Side::RelayChain => " after `--`",
        };
        let port = self.address.port();
        write!(f, "{port} ({name}, change it with {option}{after})")
    }
}

/// Every endpoint of the node that `cli` describes, and of the relay chain's node that runs with
/// it. Ports that the system chooses (0) are not among them.
///
/// # Errors
///
/// When the relay chain's arguments don't parse.
pub(crate) fn endpoints(cli: &Cli) -> Result<Vec<Endpoint>, String> {
    let run = cli.run.normalize().base;
    let mut endpoints = of_node::<()>(Side::Parachain, &run);
    if !arguments::is_development(cli) {
        let relay_chain =
            of_node::<RelayChainDefaults>(Side::RelayChain, &arguments::relay_chain(cli)?);
        let embedded = cli.run.relay_chain_rpc_urls.is_empty();
        // Without an embedded node the relay chain is asked over RPC; what remains is its network.
        endpoints.extend(
            relay_chain
                .into_iter()
                .filter(|e| embedded || e.service == Service::PeerToPeer),
        );
    }
    endpoints.retain(|endpoint| endpoint.address.port() != 0);
    Ok(endpoints)
}

/// The ports that the library gives a relay chain's node by default.
struct RelayChainDefaults;

impl DefaultConfigurationValues for RelayChainDefaults {
    fn p2p_listen_port() -> u16 {
        30334
    }

    fn rpc_listen_port() -> u16 {
        9945
    }

    fn prometheus_listen_port() -> u16 {
        9616
    }
}

fn of_node<Defaults: DefaultConfigurationValues>(side: Side, run: &RunCmd) -> Vec<Endpoint> {
    let endpoint = |service, transport, address| Endpoint {
        side,
        service,
        transport,
        address,
    };
    let both = |v4: Ipv4Addr, v6: Ipv6Addr, port| {
        [
            SocketAddr::new(v4.into(), port),
            SocketAddr::new(v6.into(), port),
        ]
    };
    let mut endpoints = Vec::new();

    let rpc = &run.rpc_params;
    // Nobody uses the relay chain's JSON-RPC who hasn't chosen its port: by default it may move, so that collators share a machine.
    let chosen = side == Side::Parachain || rpc.rpc_port.is_some();
    if rpc.experimental_rpc_endpoint.is_empty() && chosen {
        let port = rpc.rpc_port.unwrap_or_else(Defaults::rpc_listen_port);
        let addresses = if rpc.rpc_external || rpc.unsafe_rpc_external {
            both(Ipv4Addr::UNSPECIFIED, Ipv6Addr::UNSPECIFIED, port)
        } else {
            both(Ipv4Addr::LOCALHOST, Ipv6Addr::LOCALHOST, port)
        };
        endpoints.extend(addresses.map(|a| endpoint(Service::JsonRpc, Transport::Tcp, a)));
    } else {
        // `retry-random-port` asks for what is an error otherwise.
        let fixed = rpc
            .experimental_rpc_endpoint
            .iter()
            .filter(|e| !e.retry_random_port);
        endpoints.extend(fixed.map(|e| endpoint(Service::JsonRpc, Transport::Tcp, e.listen_addr)));
    }

    let network = &run.network_params;
    if network.listen_addr.is_empty() {
        let port = network.port.unwrap_or_else(Defaults::p2p_listen_port);
        let addresses = both(Ipv4Addr::UNSPECIFIED, Ipv6Addr::UNSPECIFIED, port);
        endpoints.extend(addresses.map(|a| endpoint(Service::PeerToPeer, Transport::Tcp, a)));
        let authority = run.validator || run.shared_params.is_dev() || run.get_keyring().is_some();
        if !authority || network.force_enable_webrtc {
            endpoints.extend(addresses.map(|a| endpoint(Service::PeerToPeer, Transport::Udp, a)));
        }
    } else {
        endpoints.extend(network.listen_addr.iter().filter_map(|multiaddress| {
            let (transport, address) = socket_address(&multiaddress.to_string())?;
            Some(endpoint(Service::PeerToPeer, transport, address))
        }));
    }

    let prometheus = &run.prometheus_params;
    if !prometheus.no_prometheus {
        let port = prometheus
            .prometheus_port
            .unwrap_or_else(Defaults::prometheus_listen_port);
        let ip: IpAddr = if prometheus.prometheus_external {
            Ipv6Addr::UNSPECIFIED.into()
        } else {
            Ipv4Addr::LOCALHOST.into()
        };
        let address = SocketAddr::new(ip, port);
        endpoints.push(endpoint(Service::Prometheus, Transport::Tcp, address));
    }
    endpoints
}

/// The socket behind a multiaddress such as `/ip4/127.0.0.1/tcp/30333/ws`; `None` for one that
/// isn't an IP address with a port, which is left to the network to judge.
fn socket_address(multiaddress: &str) -> Option<(Transport, SocketAddr)> {
    let mut parts = multiaddress.split('/').skip(1);
    let ip: IpAddr = match (parts.next()?, parts.next()?) {
        ("ip4", ip) => ip.parse::<Ipv4Addr>().ok()?.into(),
        ("ip6", ip) => ip.parse::<Ipv6Addr>().ok()?.into(),
        _ => return None,
    };
    let transport = match parts.next()? {
        "tcp" => Transport::Tcp,
        "udp" => Transport::Udp,
        _ => return None,
    };
    Some((transport, SocketAddr::new(ip, parts.next()?.parse().ok()?)))
}

/// Tries to listen on every endpoint for a moment.
///
/// # Errors
///
/// One line that names every port which is taken, wanted twice or forbidden, and the option that
/// changes it.
pub(crate) fn probe(endpoints: &[Endpoint]) -> Result<(), String> {
    let mut taken = Vec::new();
    for (index, endpoint) in endpoints.iter().enumerate() {
        if let Some(other) = endpoints[..index]
            .iter()
            .find(|other| collide(endpoint, other))
        {
            return Err(format!(
                "this node wants one port twice: {other} and {endpoint}"
            ));
        }
        match listen(endpoint) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                // IPv4 and IPv6 of one service share a port and an option.
                let text = endpoint.to_string();
                if !taken.contains(&text) {
                    taken.push(text);
                }
            }
            // A machine without IPv6 is none the worse for it.
            Err(error) if endpoint.address.is_ipv4() => {
                let address = endpoint.address;
                return Err(format!(
                    "cannot listen on {address}, port {endpoint}: {error}"
                ));
            }
            _ => {}
        }
    }
    if taken.is_empty() {
        return Ok(());
    }
    let noun = if taken.len() == 1 { "port" } else { "ports" };
    Err(format!(
        "in use by another program, maybe another node: {noun} {}",
        taken.join(", ")
    ))
}

/// Whether two services of this process exclude each other.
fn collide(a: &Endpoint, b: &Endpoint) -> bool {
    let (x, y) = (a.address, b.address);
    (a.side, a.service) != (b.side, b.service)
        && a.transport == b.transport
        && x.port() == y.port()
        && (x.ip() == y.ip() || x.ip().is_unspecified() || y.ip().is_unspecified())
}

fn listen(endpoint: &Endpoint) -> io::Result<()> {
    match endpoint.transport {
        Transport::Tcp => TcpListener::bind(endpoint.address).map(drop),
        Transport::Udp => UdpSocket::bind(endpoint.address).map(drop),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::OsString;

    fn of(arguments: &[&str]) -> Vec<String> {
        let arguments = std::iter::once("assay-node").chain(arguments.iter().copied());
        let cli = arguments::parse(arguments.map(OsString::from)).expect("starts a node");
        let describe = |e: &Endpoint| {
            let transport = if e.transport == Transport::Tcp {
                "tcp"
            } else {
                "udp"
            };
            let side = if e.side == Side::Parachain {
                ""
            } else {
                "relay "
            };
            format!("{side}{:?} {transport} {}", e.service, e.address)
        };
        endpoints(&cli).unwrap().iter().map(describe).collect()
    }

    #[test]
    fn a_development_node_listens_on_three_ports() {
        assert_eq!(
            of(&["--dev"]),
            [
                "JsonRpc tcp 127.0.0.1:9944",
                "JsonRpc tcp [::1]:9944",
                "PeerToPeer tcp 0.0.0.0:30333",
                "PeerToPeer tcp [::]:30333",
                "Prometheus tcp 127.0.0.1:9615",
            ]
        );
    }

    #[test]
    fn options_move_the_ports() {
        let ports = ["--rpc-port", "1", "--port", "2", "--prometheus-port", "3"];
        let external = ["--unsafe-rpc-external", "--prometheus-external"];
        assert_eq!(
            of(&[&["--dev"][..], &ports, &external].concat()),
            [
                "JsonRpc tcp 0.0.0.0:1",
                "JsonRpc tcp [::]:1",
                "PeerToPeer tcp 0.0.0.0:2",
                "PeerToPeer tcp [::]:2",
                "Prometheus tcp [::]:3",
            ]
        );
        let free = ["--dev", "--rpc-port", "0", "--port", "0", "--no-prometheus"];
        assert!(of(&free).is_empty());
    }

    #[test]
    fn explicit_addresses_replace_the_defaults() {
        let arguments = [
            "--dev",
            "--no-prometheus",
            "--listen-addr",
            "/ip4/127.0.0.1/tcp/4/ws",
            "/ip6/::1/udp/5/webrtc-direct",
            "/dns/example.org/tcp/6",
            "--experimental-rpc-endpoint",
            "listen-addr=127.0.0.1:7",
            "listen-addr=127.0.0.1:8,retry-random-port=true",
        ];
        assert_eq!(
            of(&arguments),
            [
                "JsonRpc tcp 127.0.0.1:7",
                "PeerToPeer tcp 127.0.0.1:4",
                "PeerToPeer udp [::1]:5"
            ]
        );
    }

    #[test]
    fn a_full_node_brings_its_relay_chain() {
        let common = [
            "--chain",
            "local",
            "--rpc-port",
            "0",
            "--port",
            "0",
            "--no-prometheus",
        ];
        let relay_chain = |more: &[&str]| of(&[&common[..], more].concat());
        assert_eq!(
            relay_chain(&[
                "--",
                "--chain",
                "relay.json",
                "--rpc-port",
                "9",
                "--validator"
            ]),
            [
                "relay JsonRpc tcp 127.0.0.1:9",
                "relay JsonRpc tcp [::1]:9",
                "relay PeerToPeer tcp 0.0.0.0:30334",
                "relay PeerToPeer tcp [::]:30334",
                "relay Prometheus tcp 127.0.0.1:9616",
            ]
        );
        assert_eq!(
            relay_chain(&[
                "--relay-chain-rpc-urls",
                "ws://127.0.0.1:1",
                "--",
                "--validator"
            ]),
            [
                "relay PeerToPeer tcp 0.0.0.0:30334",
                "relay PeerToPeer tcp [::]:30334"
            ]
        );
        // Nobody has asked for its JSON-RPC: that may move, as for the second collator of a machine.
        assert!(!relay_chain(&["--", "--chain", "relay.json"])
            .iter()
            .any(|endpoint| endpoint.contains("relay JsonRpc")));
        // Who doesn't make blocks can also be reached by browsers, over UDP.
        assert!(of(&["--chain", "local", "--", "--chain", "relay.json"])
            .contains(&"PeerToPeer udp 0.0.0.0:30333".into()));
    }

    fn on(service: Service, address: SocketAddr) -> Endpoint {
        Endpoint {
            side: Side::Parachain,
            service,
            transport: Transport::Tcp,
            address,
        }
    }

    #[test]
    fn taken_ports_are_named_in_one_line() {
        let holders = [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap());
        let [rpc, prometheus] = [0, 1].map(|i| holders[i].local_addr().unwrap());
        let endpoints = [
            on(Service::JsonRpc, rpc),
            on(Service::Prometheus, prometheus),
        ];
        let message = probe(&endpoints).unwrap_err();
        for part in [
            &rpc.port().to_string(),
            &prometheus.port().to_string(),
            "--rpc-port",
        ] {
            assert!(message.contains(part), "{message}");
        }
        assert!(!message.contains('\n'), "{message}");

        drop(holders);
        assert_eq!(probe(&endpoints), Ok(()));
        assert_eq!(probe(&endpoints), Ok(()), "probing holds no port");
    }

    #[test]
    fn a_port_wanted_twice_is_refused() {
        let localhost: SocketAddr = "127.0.0.1:9944".parse().unwrap();
        let anywhere: SocketAddr = "0.0.0.0:9944".parse().unwrap();
        let message = probe(&[
            on(Service::JsonRpc, localhost),
            on(Service::PeerToPeer, anywhere),
        ]);
        assert!(message.unwrap_err().contains("twice"));
    }
}
