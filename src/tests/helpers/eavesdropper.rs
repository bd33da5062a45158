//! Somebody on the way between a client and a server: hears what the client says, and may meddle with what is answered.

use std::{
    io::{Read, Write},
    net::{Shutdown, TcpListener, TcpStream},
    sync::{Arc, Mutex},
};

/// What somebody on the way does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meddling {
    /// Only listens.
    None,
    /// Lets an answer follow the one that says that TLS may begin, as if the encrypted server had said it.
    SlipsIn(&'static str),
}

/// The one on the way, until the test ends.
#[derive(Debug)]
pub struct Eavesdropper {
    pub port: u16,
    heard: Arc<Mutex<Vec<u8>>>,
}

impl Eavesdropper {
    /// Stands before the server at this port of this machine.
    pub fn before(server: u16, meddling: Meddling) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("it listens").port();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let ear = heard.clone();
        std::thread::spawn(move || {
            while let Ok((client, _)) = listener.accept() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { return };
                let (from_client, to_server) =
                    (client.try_clone().expect("a socket"), server.try_clone().expect("one"));
                let ear = ear.clone();
                std::thread::spawn(move || {
                    pass_on(from_client, to_server, |said| {
                        ear.lock().expect("no test panics while it looks").extend_from_slice(said);
                        said.to_vec()
                    });
                });
                std::thread::spawn(move || pass_on(server, client, |said| meddle(said, meddling)));
            }
        });
        Self { port, heard }
    }

    /// All that clients said, as far as it is text; what is encrypted is none.
    pub fn heard(&self) -> String {
        String::from_utf8_lossy(&self.heard.lock().expect("no test panics while it looks")).into_owned()
    }
}

fn meddle(said: &[u8], meddling: Meddling) -> Vec<u8> {
    let Meddling::SlipsIn(more) = meddling else { return said.to_vec() };
    // The one answer that consists of a single line that begins so: the greeting says ESMTP.
    let begins_tls = said.starts_with(b"220 ") && !String::from_utf8_lossy(said).contains("ESMTP");
    if begins_tls { [said, more.as_bytes()].concat() } else { said.to_vec() }
}

fn pass_on(mut from: TcpStream, mut to: TcpStream, hear: impl Fn(&[u8]) -> Vec<u8>) {
    let mut said = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut said) {
        if to.write_all(&hear(&said[..count])).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Write);
}
