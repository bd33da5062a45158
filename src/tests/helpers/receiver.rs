//! A real mail server, started by the test that needs it: it fails, hangs and drops on demand, and tells what arrived.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::mpsc::{Receiver as Lines, channel},
    time::Duration,
};

use holdfast::server::post::arguments::{PostArguments, PostSettings};
use serde::Deserialize;

/// How long a mail is waited for before the test fails.
const PATIENCE: Duration = Duration::from_mins(1);

/// A mail that arrived.
#[derive(Clone, Debug, Deserialize)]
pub struct Arrived {
    /// The first part of its id.
    pub id: String,
    /// To whom.
    pub to: Vec<String>,
    /// All of it.
    pub raw: String,
    /// Whether it came over an encrypted connection.
    pub secure: bool,
    /// Who had logged in; empty when nobody had.
    pub user: String,
}

impl Arrived {
    /// The headers and the body without soft line breaks.
    pub fn plain(&self) -> String {
        self.raw.replace("=\r\n", "").replace("\r\n ", " ")
    }
}

/// A mail server in a process of its own; it ends with the test.
#[derive(Debug)]
pub struct Receiver {
    process: Child,
    lines: Lines<String>,
    pub port: u16,
}

impl Receiver {
    /// One that puts off so many of a hundred mails.
    pub fn start(fail_percent: u8) -> Self {
        Self::with(&[format!("--fail={fail_percent}")])
    }

    /// One that is started with these words; `receiver.mjs` says which there are.
    pub fn with(words: &[String]) -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/end2end");
        let mut process = Command::new("node")
            .arg("receiver.mjs")
            .args(words)
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is installed");
        let output = BufReader::new(process.stdout.take().expect("its output is piped"));
        let (said, lines) = channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if said.send(line).is_err() {
                    break;
                }
            }
        });
        let port = lines.recv_timeout(PATIENCE).expect("the mail server starts: run scripts/setup.sh test");
        let port = port.parse().expect("first it says its port");
        Self { process, lines, port }
    }

    /// Its address, as the program takes it.
    pub fn url(&self) -> String {
        format!("smtp://127.0.0.1:{}?tls=none", self.port)
    }

    /// Settings that send everything to it; a mail that it does not answer to is given up after so many seconds.
    pub fn settings(&self, patience_secs: u64) -> PostSettings {
        let arguments = PostArguments {
            smtp_url: Some(self.url()),
            mail_from: Some("Lagos Fair <no-reply@fair.test>".to_owned()),
            smtp_timeout_secs: patience_secs,
            ..PostArguments::default()
        };
        PostSettings::new(arguments).expect("the settings make sense")
    }

    /// The next mail that arrives.
    #[track_caller]
    pub fn wait(&self) -> Arrived {
        Self::read(&self.lines.recv_timeout(PATIENCE).expect("a mail arrives"))
    }

    /// What has arrived and was not asked for yet. What was answered is among it: the line is written before the answer.
    pub fn arrived(&self) -> Vec<Arrived> {
        let mut mails = Vec::new();
        while let Ok(line) = self.lines.recv_timeout(Duration::from_millis(100)) {
            mails.push(Self::read(&line));
        }
        mails
    }

    fn read(line: &str) -> Arrived {
        serde_json::from_str(line).expect("each line is a mail")
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
