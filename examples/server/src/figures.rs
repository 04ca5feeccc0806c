//! `/metrics`: the engine's figures, in the text form of Prometheus.

use axum::Router;

use crate::failure::Failure;

/// Has the engine's figures kept from now on, and the route by which they are read.
#[cfg(feature = "metrics")]
pub(crate) fn keep() -> Result<Router, Failure> {
    use axum::{http::header, routing::get};
    use metrics_exporter_prometheus::PrometheusBuilder;

    /// The text form of Prometheus, as its own exporters name it.
    const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

    let recorder = PrometheusBuilder::new().set_buckets(&SECONDS);
    let figures = recorder.and_then(PrometheusBuilder::install_recorder);
    let figures = figures.map_err(|error| Failure::new(format!("figures cannot be kept: {error}")))?;
    let kept = figures.clone();
    tokio::spawn(async move {
        loop {
            tokio::time::sleep(TIDY).await;
            kept.run_upkeep();
        }
    });
    let headers = [(header::CONTENT_TYPE, TEXT), (header::CACHE_CONTROL, "no-store")];
    Ok(Router::new().route("/metrics", get(move || async move { (headers, figures.render()) })))
}

/// How long appends may take, in seconds: up to what a command may wait.
#[cfg(feature = "metrics")]
const SECONDS: [f64; 14] = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0];

/// How often single measurements are put into their buckets, so that they do not pile up while nobody asks.
#[cfg(feature = "metrics")]
const TIDY: std::time::Duration = std::time::Duration::from_secs(5);

/// The configuration refuses `--metrics on` before it comes to this.
#[cfg(not(feature = "metrics"))]
pub(crate) fn keep() -> Result<Router, Failure> {
    Ok(Router::new())
}
