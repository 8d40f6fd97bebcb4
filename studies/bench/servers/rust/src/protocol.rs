//! What this server reads and writes of the Open Inference Protocol v2, as JSON and in the binary tensor extension.

use std::error::Error;

use axum::http::{HeaderMap, header::CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use serde_json::{from_slice, json, to_vec};

const HEADER_LENGTH: &str = "inference-header-content-length";
pub type Failure = Box<dyn Error>;

#[derive(Deserialize)]
struct Request {
    inputs: [Input; 1],
}

#[derive(Deserialize)]
pub struct Input {
    pub shape: [usize; 2],
    #[serde(default)]
    pub data: Vec<f32>,
    #[serde(skip)]
    pub binary: bool,
}

#[derive(Serialize)]
struct Answer<'a> {
    model_name: &'a str,
    model_version: &'a str,
    outputs: [Output<'a>; 1],
}

#[derive(Serialize)]
struct Output<'a> {
    name: &'a str,
    datatype: &'a str,
    shape: [usize; 2],
    data: &'a [f32],
}

/// The only input; binary when the headers say where its JSON ends.
pub fn read(headers: &HeaderMap, body: &[u8]) -> Result<Input, Failure> {
    let Some(length) = headers.get(HEADER_LENGTH) else {
        let [input] = from_slice::<Request>(body)?.inputs;
        return Ok(input);
    };
    let (json, binary) = body.split_at_checked(length.to_str()?.parse()?).ok_or("header longer than body")?;
    let [mut input] = from_slice::<Request>(json)?.inputs;
    input.data = binary.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect();
    input.binary = true;
    Ok(input)
}

/// The answer in the form of the request.
pub fn write(scores: &[f32], binary: bool) -> Result<Response, Failure> {
    let shape = [scores.len(), 1];
    if !binary {
        let output = Output { name: "score", datatype: "FP32", shape, data: scores };
        let text = to_vec(&Answer { model_name: "bench", model_version: "1", outputs: [output] })?;
        return Ok(([(CONTENT_TYPE, "application/json")], text).into_response());
    }
    let parameters = json!({ "binary_data_size": size_of_val(scores) });
    let output = json!({ "name": "score", "datatype": "FP32", "shape": shape, "parameters": parameters });
    let mut body = to_vec(&json!({ "model_name": "bench", "model_version": "1", "outputs": [output] }))?;
    let length = body.len().to_string();
    body.extend(scores.iter().flat_map(|score| score.to_le_bytes()));
    let headers = [(CONTENT_TYPE.as_str(), "application/octet-stream"), (HEADER_LENGTH, &length)];
    Ok((headers, body).into_response())
}
