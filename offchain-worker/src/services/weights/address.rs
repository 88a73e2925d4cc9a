// SPDX-License-Identifier: Apache-2.0
//! Which addresses weights are fetched from. Pure, but for looking at the file system's links.
//!
//! An address comes from whoever registered the model. It must not make the worker read the operator's files, or ask something of the
//! operator's network: so files are read only below folders that the configuration names, and HTTP goes to public addresses only.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    path::{Path, PathBuf},
};

use reqwest::Url;

use super::WeightsError;
use crate::config::{Models, Scheme};

/// The longest address, in bytes.
pub const MAX_ADDRESS: usize = 2_048;

/// An address that may be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A file below one of the configured folders, links resolved.
    File(PathBuf),
    /// A web address.
    Web(Url),
}

/// Reads an address as it stands on the chain.
///
/// # Errors
///
/// [`WeightsError::Address`] if it isn't allowed, [`WeightsError::Fetch`] if the file isn't there.
pub fn parse(bytes: &[u8], config: &Models) -> Result<Address, WeightsError> {
    let refuse = |why: &str| WeightsError::Address(why.to_string());
    if bytes.len() > MAX_ADDRESS {
        return Err(refuse("it is too long"));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| refuse("it is not UTF-8"))?;
    let url = Url::parse(text).map_err(|error| refuse(&error.to_string()))?;
    if url.scheme() == "file" {
        if !config.schemes.contains(&Scheme::File) {
            return Err(refuse("`file:` is not among `models.schemes`"));
        }
        let path = url.to_file_path();
        let path = path.map_err(|()| refuse("it is not a path of this machine"))?;
        return below(&path, &config.file_roots).map(Address::File);
    }
    check_web(&url, config)?;
    Ok(Address::Web(url))
}

/// Checks a web address, or where one redirects to.
///
/// # Errors
///
/// [`WeightsError::Address`].
pub fn check_web(url: &Url, config: &Models) -> Result<(), WeightsError> {
    let scheme = match url.scheme() {
        "http" => Scheme::Http,
        "https" => Scheme::Https,
        other => return Err(WeightsError::Address(format!("the scheme `{other}`"))),
    };
    if !config.schemes.contains(&scheme) {
        let why = format!("`{}:` is not among `models.schemes`", url.scheme());
        return Err(WeightsError::Address(why));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(WeightsError::Address("it names a user".into()));
    }
    // `url` reads every way to write an address of version 4, such as 0x7f.1, as one.
    let literal = match url.host() {
        None => return Err(WeightsError::Address("it names no host".into())),
        Some(host) => host.to_string(),
    };
    let literal = literal.trim_start_matches('[').trim_end_matches(']');
    match literal.parse::<IpAddr>() {
        Ok(address) if !config.private_addresses && !is_public(address) => {
            Err(WeightsError::Address(format!(
                "{address} is a private address, see `models.private_addresses`"
            )))
        }
        _ => Ok(()),
    }
}

/// The file, if it is below one of `roots` when all links are resolved.
fn below(path: &Path, roots: &[PathBuf]) -> Result<PathBuf, WeightsError> {
    let resolved = path
        .canonicalize()
        .map_err(|error| WeightsError::Fetch(format!("{}: {error}", path.display())))?;
    let inside = roots
        .iter()
        .filter_map(|root| root.canonicalize().ok())
        .any(|root| resolved.starts_with(root));
    if !inside {
        let why = format!("{} is not below one of `models.file_roots`", path.display());
        return Err(WeightsError::Address(why));
    }
    Ok(resolved)
}

/// Whether an address is of the public internet: not this machine, not its network, not reserved (IANA's special-purpose registries).
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b))
        || a >= 240;
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    // An address of version 4 in disguise: mapped, translated (64:ff9b::/96), 6to4 (2002::/16).
    let octets = address.octets();
    let tail = Ipv4Addr::new(octets[12], octets[13], octets[14], octets[15]);
    if let Some(mapped) = address.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    let segments = address.segments();
    if segments[..6] == [0x64, 0xff9b, 0, 0, 0, 0] {
        return is_public_v4(tail);
    }
    if segments[0] == 0x2002 {
        return is_public_v4(Ipv4Addr::new(octets[2], octets[3], octets[4], octets[5]));
    }
    // Global unicast, without documentation (2001:db8::/32, 3fff::/20) and protocol assignments (2001::/23).
    let global = segments[0] & 0xe000 == 0x2000;
    let reserved = (segments[0] == 0x2001 && (segments[1] == 0xdb8 || segments[1] < 0x200))
        || (segments[0] == 0x3fff && segments[1] < 0x1000);
    global && !reserved
}

#[cfg(test)]
mod should {
    use super::*;

    fn config() -> Models {
        Models {
            schemes: vec![Scheme::Https, Scheme::Http, Scheme::File],
            ..Models::default()
        }
    }

    fn refused(text: &str, config: &Models) -> bool {
        matches!(
            parse(text.as_bytes(), config),
            Err(WeightsError::Address(_))
        )
    }

    #[test]
    fn take_public_web_addresses() {
        for text in [
            "https://models.example/lenet.bin",
            "http://93.184.216.34:8080/a?b=c",
            "https://[2606:2800:220:1::1]/x",
        ] {
            assert!(matches!(
                parse(text.as_bytes(), &config()),
                Ok(Address::Web(_))
            ));
        }
    }

    #[test]
    fn refuse_private_addresses_however_they_are_written() {
        for host in [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[fc00::1]",
            "[fe80::1]",
            "[ff02::1]",
            "[2001:db8::1]",
        ] {
            let text = format!("http://{host}/weights");
            assert!(refused(&text, &config()), "{host}");
            let mut open = config();
            open.private_addresses = true;
            assert!(!refused(&text, &open), "{host}");
        }
    }

    #[test]
    fn refuse_what_is_no_such_address() {
        let long = format!("https://example.com/{}", "a".repeat(MAX_ADDRESS));
        for text in [
            "",
            "weights.bin",
            "ftp://example.com/a",
            "data:text/plain,a",
            "https://user:secret@example.com/a",
            "javascript:1",
            long.as_str(),
        ] {
            assert!(refused(text, &config()), "{text}");
        }
        assert!(matches!(
            parse(b"https://example.com/\xff", &config()),
            Err(WeightsError::Address(_))
        ));
    }

    #[test]
    fn refuse_schemes_that_are_not_configured() {
        let mut only_https = config();
        only_https.schemes = vec![Scheme::Https];
        assert!(refused("http://example.com/a", &only_https));
        assert!(refused("file:///etc/passwd", &only_https));
        assert!(!refused("https://example.com/a", &only_https));
    }

    #[test]
    fn read_files_below_the_roots_only() {
        let folder = tempfile::tempdir().unwrap();
        let (root, outside) = (folder.path().join("root"), folder.path().join("outside"));
        std::fs::create_dir(&root).unwrap();
        std::fs::write(root.join("good"), "1").unwrap();
        std::fs::write(&outside, "2").unwrap();
        std::os::unix::fs::symlink(&outside, root.join("link")).unwrap();
        let mut config = config();
        let url = |path: &Path| format!("file://{}", path.display());
        assert!(refused(&url(&root.join("good")), &config));
        config.file_roots = vec![root.clone()];
        assert!(!refused(&url(&root.join("good")), &config));
        assert!(refused(&url(&outside), &config));
        assert!(refused(&url(&root.join("../outside")), &config));
        assert!(refused(&url(&root.join("link")), &config));
        assert!(matches!(
            parse(url(&root.join("absent")).as_bytes(), &config),
            Err(WeightsError::Fetch(_))
        ));
        assert!(refused("file://example.com/share/a", &config));
    }
}
