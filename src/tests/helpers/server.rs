//! The real program as a process: started on a port of its own, killed, started again; and plain HTTP to speak with it.

use std::{
    fmt::Write as _,
    fs::File,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use super::TestApp;

/// The longest that an answer may take: longer than any command, so that a test does not hang.
const PATIENCE: Duration = Duration::from_secs(40);

/// Nothing that is set around the tests is set for this program.
pub(super) fn forget_settings(command: &mut Command) {
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("HOLDFAST_")) {
        command.env_remove(name);
    }
}

impl TestApp {
    /// The built program as a server on the database and key of this application, with these arguments more.
    pub fn serve(&self, more: &[&str]) -> Child {
        let config = &self.state.config;
        let folder = config.secret_file.parent().expect("the key lies in the folder of the test");
        let mut command = Command::new(env!("CARGO_BIN_EXE_holdfast"));
        forget_settings(&mut command);
        command
            .args(["serve", "--listen", "127.0.0.1:0", "--database-url", &config.database_url])
            .args(more)
            .arg("--site")
            .arg(folder)
            .arg("--secret-file")
            .arg(&config.secret_file)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program starts")
    }
}

/// Kills a program as nobody can catch it.
pub fn kill(mut process: Child) {
    process.kill().expect("it runs");
    process.wait().expect("it ends");
}

/// A folder with a database of its own, in which servers run one after the other.
#[derive(Debug)]
pub struct House {
    pub folder: PathBuf,
}

/// A server that runs.
#[derive(Debug)]
pub struct Server {
    child: Child,
    pub address: String,
}

impl House {
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("holdfast_house_{name}_{}", std::process::id()));
        std::fs::create_dir_all(folder.join("site")).expect("the folder for temporary files can be written");
        Self { folder }
    }

    pub fn database(&self) -> String {
        format!("sqlite://{}/holdfast.db", self.folder.display())
    }

    fn program(&self, wrapped_in: &[String]) -> Command {
        let mut line: Vec<&str> = wrapped_in.iter().map(String::as_str).collect();
        line.push(env!("CARGO_BIN_EXE_holdfast"));
        let mut command = Command::new(line[0]);
        command.args(&line[1..]).current_dir(&self.folder);
        forget_settings(&mut command);
        command
    }

    /// Starts a server with the demo's people and orders.
    pub fn serve(&self) -> Server {
        self.serve_under(&[]).unwrap_or_else(|| panic!("the server did not start:\n{}", self.log()))
    }

    /// Starts a server under another program, which must run it as its own process (`strace -D`). Nothing when it did not
    /// come up.
    pub fn serve_under(&self, wrapped_in: &[String]) -> Option<Server> {
        let log =
            File::options().create(true).append(true).open(self.folder.join("log")).expect("a log can be written");
        let mut child = self
            .program(wrapped_in)
            .args(["serve", "--demo", "--listen", "127.0.0.1:0", "--site", "site", "--secret-file", "secret.key"])
            .args(["--database-url", &self.database()])
            .env("HOLDFAST_LOG", "error")
            .env("HOLDFAST_API_CALLS_PER_MINUTE", "0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .expect("the program starts");
        let mut printed = BufReader::new(child.stdout.take().expect("its output is piped"));
        let mut address = None;
        let mut line = String::new();
        while address.is_none() && printed.read_line(&mut line).is_ok_and(|read| read > 0) {
            address = line.trim().strip_prefix("Holdfast listens on http://").map(str::to_owned);
            line.clear();
        }
        // What else it prints is read, so that it never waits for somebody to do so.
        std::thread::spawn(move || std::io::copy(&mut printed, &mut std::io::sink()));
        let mut server = Server { child, address: String::new() };
        server.address = address?;
        Some(server)
    }

    /// Makes a key for somebody.
    #[track_caller]
    pub fn key(&self, email: &str, more: &[&str]) -> String {
        let done = self
            .program(&[])
            .args(["key", "add", email, "--name", "Tester", "--secret-file", "secret.key", "--database-url"])
            .arg(self.database())
            .args(more)
            .output()
            .expect("the program starts");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        String::from_utf8_lossy(&done.stdout).trim().to_owned()
    }

    /// What servers wrote into their log.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("log")).unwrap_or_default()
    }

    /// Asserts that `holdfast verify` finds nothing.
    #[track_caller]
    pub fn must_be_sound(&self) {
        let done = self.program(&[]).args(["verify", "--database-url", &self.database()]).output();
        let done = done.expect("the program starts");
        let said = String::from_utf8_lossy(&done.stdout);
        assert!(done.status.success(), "{said}{}", String::from_utf8_lossy(&done.stderr));
    }
}

impl Drop for House {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

impl Server {
    /// Ends it with SIGKILL, in the middle of whatever it does.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it has ended");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// An answer that came whole.
#[derive(Debug)]
pub struct Told {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Told {
    /// What is said of something that need not be asked again.
    pub const fn done() -> Self {
        Self { status: 200, head: String::new(), body: String::new() }
    }

    /// A header, or nothing.
    pub fn header(&self, name: &str) -> &str {
        let named = |line: &&str| line.split(':').next().is_some_and(|this| this.eq_ignore_ascii_case(name));
        self.head.lines().find(named).and_then(|line| line.split_once(':')).map_or("", |(_, value)| value.trim())
    }

    pub const fn is_success(&self) -> bool {
        self.status >= 200 && self.status < 400
    }
}

/// Somebody signed in, who calls server functions over a connection of its own each time.
#[derive(Debug, Clone, Default)]
pub struct Caller {
    cookie: String,
}

impl Caller {
    /// Signs in, and insists on it.
    pub fn sign_in(address: &str, email: &str, password: &str) -> Self {
        let nobody = Self::default();
        let told = nobody.call(address, "session/sign_in", &[("email", email), ("password", password)]);
        let told = told.expect("the server answers");
        assert!(told.is_success(), "{told:?}");
        let cookie = told.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
        Self { cookie }
    }

    /// Calls a server function. Nothing when no whole answer came: then it is not known what was done.
    pub fn call(&self, address: &str, function: &str, fields: &[(&str, &str)]) -> Option<Told> {
        let one = holdfast::app::paths::encode;
        let body: Vec<String> = fields.iter().map(|(name, value)| format!("{}={}", one(name), one(value))).collect();
        let body = body.join("&");
        let mut request = format!("POST /rpc/{function} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
        request.push_str("accept: application/json\r\ncontent-type: application/x-www-form-urlencoded\r\n");
        request.push_str("sec-fetch-site: same-origin\r\nuser-agent: Mozilla/5.0 (X11; Linux) Firefox/140.0\r\n");
        let _ = write!(request, "cookie: {}\r\ncontent-length: {}\r\n\r\n{body}", self.cookie, body.len());
        exchange(address, request.as_bytes())
    }
}

fn exchange(address: &str, request: &[u8]) -> Option<Told> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).ok()?;
    stream.write_all(request).ok()?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).ok()?;
    let answer = String::from_utf8(answer).ok()?;
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let told = Told { status, head: head.to_owned(), body: body.to_owned() };
    let length = told.header("content-length");
    let is_whole = length.parse() == Ok(told.body.len()) || length.is_empty() && told.body.is_empty();
    is_whole.then_some(told)
}

/// Whether processes may be traced here, which containers sometimes forbid.
pub fn may_trace(folder: &Path) -> bool {
    let traced = Command::new("strace").args(["-f", "-o"]).arg(folder.join("try")).arg("true").output();
    match traced {
        Ok(done) if done.status.success() => true,
        Ok(done) => {
            eprintln!("skipped, for nothing may be traced here: {}", String::from_utf8_lossy(&done.stderr));
            false
        }
        Err(error) => panic!("strace is missing, run `scripts/setup.sh test`: {error}"),
    }
}
