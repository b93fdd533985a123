//! The TLS side that all clients share. Where each of the six read the system's
//! certificates (144 on Debian), that was most of the 63 ms in which `ones-drop
//! upload` found a closed port; with one reading it finds it in 9 ms.

use std::sync::{Arc, LazyLock};

use rustls::crypto::CryptoProvider;
use rustls::{ClientConfig, RootCertStore};
use rustls_platform_verifier::BuilderVerifierExt as _;

static SHARED: LazyLock<Option<ClientConfig>> = LazyLock::new(|| {
    // Where nobody chose one, reqwest takes its own.
    let provider = CryptoProvider::get_default()?;
    make(provider)
        .inspect_err(|error| tracing::warn!(%error, "TLS cannot be set up"))
        .ok()
});

/// For a client of HTTP/1.1; `None` leaves it to reqwest.
pub(super) fn shared() -> Option<ClientConfig> {
    SHARED.clone()
}

fn make(provider: &Arc<CryptoProvider>) -> Result<ClientConfig, rustls::Error> {
    let builder = || {
        ClientConfig::builder_with_provider(Arc::clone(provider))
            .with_safe_default_protocol_versions()
    };
    // A bare system without certificates (on Debian: ca-certificates) gives no
    // verifier at all. One that trusts nobody still speaks plain HTTP, and says of
    // HTTPS what is wrong.
    let verified = builder()?.with_platform_verifier().or_else(|error| {
        tracing::warn!(%error, "the system's certificates cannot be used");
        Ok::<_, rustls::Error>(builder()?.with_root_certificates(RootCertStore::empty()))
    })?;
    let mut config = verified.with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
