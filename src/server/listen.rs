//! The door: takes connections, and lets none of them wait for ever.

use std::{io, net::SocketAddr, time::Duration};

use axum::{Router, extract::ConnectInfo, http::Request};
use futures_util::FutureExt;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::{
    rt::{TokioIo, TokioTimer},
    server::graceful::GracefulShutdown,
};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

use crate::server::error::with_causes;

/// How long the head of a request may take to arrive, and a connection may lie idle before one.
const HEAD_TIMEOUT: Duration = Duration::from_secs(30);
/// The pause after the system refused a connection, such as when this process has too many files open.
const PAUSE: Duration = Duration::from_secs(1);

/// Answers connections until it is told to stop, then ends when the last open request is answered.
pub async fn serve(listener: TcpListener, router: Router, stopping: CancellationToken) {
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT);
    let open = GracefulShutdown::new();
    loop {
        let taken = tokio::select! {
            () = stopping.cancelled() => break,
            taken = listener.accept() => taken,
        };
        match taken {
            Ok((stream, peer)) => answer(&http, stream, peer, router.clone(), &open),
            // Whoever called has gone already.
            Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
            Err(error) => {
                tracing::error!(error = with_causes(&error), "no connection can be taken; trying again");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    open.shutdown().await;
}

fn answer(http: &http1::Builder, stream: TcpStream, peer: SocketAddr, router: Router, open: &GracefulShutdown) {
    // What is written is whole: waiting for more only delays it. A connection that cannot be set so works all the same.
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().oneshot(request)
    });
    let connection = open.watch(http.serve_connection(TokioIo::new(stream), service));
    let answering = async move {
        if let Err(error) = connection.await {
            tracing::debug!(%peer, error = with_causes(&error), "a connection ended early");
        }
    };
    tokio::spawn(answering.boxed());
}
