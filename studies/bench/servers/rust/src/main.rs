//! The limit: axum on one thread, the model run where the request is read.

use std::env;
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, serve::ListenerExt};
use ort::{inputs, session::Session, value::TensorRef};
use tokio::net::TcpListener;

mod protocol;
use protocol::{Failure, read, write};

type Shared = Arc<Mutex<Session>>;

async fn infer(State(session): State<Shared>, headers: HeaderMap, body: Bytes) -> Response {
    score(&session, &headers, &body).unwrap_or_else(|failure| {
        let status = StatusCode::BAD_REQUEST;
        (status, failure.to_string()).into_response()
    })
}

fn score(session: &Mutex<Session>, headers: &HeaderMap, body: &[u8]) -> Result<Response, Failure> {
    let input = read(headers, body)?;
    let mut session = session.lock().map_err(|_| "an earlier request ended in a panic")?;
    let features = TensorRef::from_array_view((input.shape, &input.data[..]))?;
    let outputs = session.run(inputs!["features" => features])?;
    let (_, scores) = outputs["score"].try_extract_tensor::<f32>()?;
    write(scores, input.binary)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let session = Session::builder(&ort::init().build()?)?
        .with_intra_threads(1)?
        .with_inter_threads(1)?
        .with_config_entry("session.intra_op.allow_spinning", "0")?
        .with_config_entry("session.inter_op.allow_spinning", "0")?
        .commit_from_file(env::var("MODEL")?)?;
    let app = Router::new()
        .route("/v2/health/ready", get(|| async { "{}" }))
        .route("/v2/models/bench/infer", post(infer))
        .with_state(Shared::new(Mutex::new(session)));
    let address = (Ipv4Addr::LOCALHOST, env::var("PORT")?.parse()?);
    let listener = TcpListener::bind(address).await?.tap_io(|socket| socket.set_nodelay(true).unwrap_or_default());
    Ok(axum::serve(listener, app).await?)
}
