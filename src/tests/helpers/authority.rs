//! An authority of one's own that says whose certificate a server may show, as a company has one for its machines.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use holdfast::server::clock::{self, Clock, SystemClock};

/// The authority, in a folder that goes with it.
#[derive(Debug)]
pub struct Authority {
    folder: PathBuf,
}

impl Authority {
    pub fn new() -> Self {
        let name = format!("holdfast_authority_{}", clock::new_id(SystemClock.now()).simple());
        let folder = std::env::temp_dir().join(&name);
        std::fs::create_dir_all(&folder).expect("the folder for temporary files can be written");
        let authority = Self { folder };
        authority.openssl(&format!("req -x509 {KEY} -keyout ca.key -out ca.pem -days 2 -subj /CN={name}"));
        authority
    }

    /// Its own certificate, by which those that it gives are known.
    pub fn certificate(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// Gives a server of this name a certificate: files with the key and with the certificate. It is good for a day, or
    /// was until a day ago.
    pub fn vouch(&self, name: &str, until: Until) -> (PathBuf, PathBuf) {
        let dates = match until {
            Until::Tomorrow => "-days 1",
            Until::Yesterday => "-days -1",
        };
        let extensions = format!("subjectAltName=DNS:{name}\nbasicConstraints=CA:FALSE\n");
        std::fs::write(self.folder.join("extensions"), extensions).expect("it can be written");
        self.openssl(&format!("req {KEY} -keyout {name}.key -out {name}.csr -subj /CN={name}"));
        let by = "-CA ca.pem -CAkey ca.key -CAcreateserial -extfile extensions";
        self.openssl(&format!("x509 -req -in {name}.csr -out {name}.pem {by} {dates}"));
        (self.folder.join(format!("{name}.key")), self.folder.join(format!("{name}.pem")))
    }

    fn openssl(&self, line: &str) {
        let done =
            Command::new("openssl").args(line.split(' ')).current_dir(&self.folder).stdin(Stdio::null()).output();
        let done = done.expect("openssl is installed: run scripts/setup.sh test");
        assert!(done.status.success(), "{line}: {}", String::from_utf8_lossy(&done.stderr));
    }
}

/// A new key that nobody has to unlock.
const KEY: &str = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";

/// Until when a certificate is good.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Until {
    Tomorrow,
    Yesterday,
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}
