//! Where a webhook may lead: to public addresses over https, and nowhere into our own network.

use std::{
    error::Error as StdError,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
};

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};

/// The longest address of an endpoint.
const LONGEST_URL: usize = 500;

/// How far webhooks may reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses, over https.
    Public,
    /// Everywhere, over http too: for tests and demos with a receiver on this machine.
    Anywhere,
}

/// Why an address is no target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// It is no address, or not one of the web.
    #[error("Write a whole address that begins with https://")]
    Malformed,
    /// It is not reached over TLS.
    #[error("The address must begin with https:// so that nobody reads along")]
    NotSecure,
    /// It holds a user name or a password.
    #[error("The address must not hold a user name or a password")]
    Credentials,
    /// It leads into a network that is not public.
    #[error("The address is not a public one")]
    Forbidden,
}

impl Reach {
    /// Whether a connection to this address may be made.
    pub fn allows(self, address: IpAddr) -> bool {
        self == Self::Anywhere || is_public(address)
    }

    /// Reads the address of an endpoint; the name in it is looked up only when something is sent.
    pub fn target(self, text: &str) -> Result<Url, TargetError> {
        if text.len() > LONGEST_URL || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(TargetError::Malformed);
        }
        let url = Url::parse(text).map_err(|_| TargetError::Malformed)?;
        match (url.scheme(), self) {
            ("https", _) | ("http", Self::Anywhere) => {}
            ("http", Self::Public) => return Err(TargetError::NotSecure),
            _ => return Err(TargetError::Malformed),
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(TargetError::Credentials);
        }
        // A name that is an address in disguise (`0x7f.1`, `2130706433`) was read as an address already.
        let host = url.host_str().ok_or(TargetError::Malformed)?;
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        match bare.parse::<IpAddr>() {
            Ok(address) if !self.allows(address) => Err(TargetError::Forbidden),
            _ => Ok(url),
        }
    }
}

/// Whether an address belongs to the public internet. What is not known to, does not.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => is_public_v6(address),
    }
}

/// The blocks of the registry of special-purpose addresses that are not reached from everywhere, as first address and
/// length of the prefix.
const SPECIAL_V4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::UNSPECIFIED, 8),           // this network
    (Ipv4Addr::new(10, 0, 0, 0), 8),      // private
    (Ipv4Addr::new(100, 64, 0, 0), 10),   // shared by a provider's customers
    (Ipv4Addr::new(127, 0, 0, 0), 8),     // loopback
    (Ipv4Addr::new(169, 254, 0, 0), 16),  // link-local, where clouds keep their credentials
    (Ipv4Addr::new(172, 16, 0, 0), 12),   // private
    (Ipv4Addr::new(192, 0, 0, 0), 24),    // protocol assignments
    (Ipv4Addr::new(192, 0, 2, 0), 24),    // documentation
    (Ipv4Addr::new(192, 31, 196, 0), 24), // name servers
    (Ipv4Addr::new(192, 88, 99, 0), 24),  // 6to4 relays
    (Ipv4Addr::new(192, 168, 0, 0), 16),  // private
    (Ipv4Addr::new(198, 18, 0, 0), 15),   // measurements
    (Ipv4Addr::new(198, 51, 100, 0), 24), // documentation
    (Ipv4Addr::new(203, 0, 113, 0), 24),  // documentation
    (Ipv4Addr::new(224, 0, 0, 0), 4),     // multicast
    (Ipv4Addr::new(240, 0, 0, 0), 4),     // reserved, broadcast
];

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = address.to_bits();
    !SPECIAL_V4.iter().any(|(first, length)| bits >> (32 - length) == first.to_bits() >> (32 - length))
}

/// Blocks inside `2000::/3` that carry other addresses or lead nowhere.
const SPECIAL_V6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23), // protocol assignments, Teredo
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32), // documentation
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16), // 6to4: an IPv4 address in disguise
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20), // documentation
];

/// Global unicast is handed out of `2000::/3` alone, so that mapped, translated, unique local, link-local and multicast
/// addresses are outside of it.
fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let special = SPECIAL_V6.iter().any(|(first, length)| bits >> (128 - length) == first.to_bits() >> (128 - length));
    bits >> 125 == 1 && !special
}

/// Looks names up and gives on only what may be connected to; the connection is made to one of these very addresses.
#[derive(Clone, Copy, Debug)]
pub struct GuardedNames(pub Reach);

impl Resolve for GuardedNames {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.0;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| reach.allows(address.ip())).collect();
            if allowed.is_empty() {
                return Err(Box::new(TargetError::Forbidden) as Box<dyn StdError + Send + Sync>);
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::{Reach, TargetError, is_public};

    #[test]
    fn only_public_addresses_are_public() {
        let table = [
            ("8.8.8.8", true),
            ("1.1.1.1", true),
            ("100.63.255.255", true),
            ("100.128.0.0", true),
            ("172.15.255.255", true),
            ("172.32.0.0", true),
            ("192.0.1.0", true),
            ("198.17.255.255", true),
            ("223.255.255.255", true),
            ("0.0.0.0", false),
            ("0.1.2.3", false),
            ("10.0.0.1", false),
            ("100.64.0.1", false),
            ("100.127.255.255", false),
            ("127.0.0.1", false),
            ("127.255.255.254", false),
            ("169.254.169.254", false),
            ("172.16.0.1", false),
            ("172.31.255.255", false),
            ("192.0.0.8", false),
            ("192.0.2.1", false),
            ("192.88.99.1", false),
            ("192.168.1.1", false),
            ("198.18.0.1", false),
            ("198.19.255.255", false),
            ("198.51.100.7", false),
            ("203.0.113.7", false),
            ("224.0.0.1", false),
            ("239.255.255.255", false),
            ("240.0.0.1", false),
            ("255.255.255.255", false),
            ("2606:4700:4700::1111", true),
            ("2a00:1450:4001:800::200e", true),
            ("2001:4860:4860::8888", true),
            ("::", false),
            ("::1", false),
            ("::ffff:8.8.8.8", false),
            ("::ffff:127.0.0.1", false),
            ("::127.0.0.1", false),
            ("64:ff9b::7f00:1", false),
            ("64:ff9b::808:808", false),
            ("64:ff9b:1::1", false),
            ("100::1", false),
            ("2001::1", false),
            ("2001:db8::1", false),
            ("2002:7f00:1::", false),
            ("3fff::1", false),
            ("fc00::1", false),
            ("fd12:3456::1", false),
            ("fe80::1", false),
            ("fec0::1", false),
            ("ff02::1", false),
            ("4000::1", false),
        ];
        for (text, public) in table {
            let address: IpAddr = text.parse().expect("the table holds addresses");
            assert_eq!(is_public(address), public, "{text}");
        }
    }

    #[test]
    fn an_endpoint_is_an_https_address_without_credentials_in_the_public_internet() {
        let table = [
            ("https://shop.example/hooks?x=1", Ok(())),
            ("https://shop.example:8443/", Ok(())),
            ("https://8.8.8.8/", Ok(())),
            ("http://shop.example/", Err(TargetError::NotSecure)),
            ("https://user@shop.example/", Err(TargetError::Credentials)),
            ("https://user:word@shop.example/", Err(TargetError::Credentials)),
            ("https://127.0.0.1/", Err(TargetError::Forbidden)),
            ("https://2130706433/", Err(TargetError::Forbidden)),
            ("https://0x7f.1/", Err(TargetError::Forbidden)),
            ("https://0177.0.0.1/", Err(TargetError::Forbidden)),
            ("https://[::1]/", Err(TargetError::Forbidden)),
            ("https://[::ffff:10.0.0.1]/", Err(TargetError::Forbidden)),
            ("https://169.254.169.254/latest/meta-data", Err(TargetError::Forbidden)),
            ("ftp://shop.example/", Err(TargetError::Malformed)),
            ("file:///etc/passwd", Err(TargetError::Malformed)),
            ("shop.example", Err(TargetError::Malformed)),
            ("https://", Err(TargetError::Malformed)),
            ("https://shop.example/a b", Err(TargetError::Malformed)),
            ("https://shop.example/\r\nx: y", Err(TargetError::Malformed)),
        ];
        for (text, expected) in table {
            assert_eq!(Reach::Public.target(text).map(|_| ()), expected, "{text}");
        }
        assert!(Reach::Anywhere.target("http://127.0.0.1:4000/").is_ok());
        let long = format!("https://shop.example/{}", "a".repeat(600));
        assert_eq!(Reach::Public.target(&long).map(|_| ()), Err(TargetError::Malformed));
    }
}
