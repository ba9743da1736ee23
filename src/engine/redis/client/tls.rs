//! TLS: the trusted authorities and the certificate of the client.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::engine::file_use::while_unused;
use crate::engine::redis::client::options::ClientOptions;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Quoted;

/// Returns the TLS configuration of connections. The files are read here, once.
pub(crate) fn configure(options: &ClientOptions) -> Result<Arc<ClientConfig>> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| refused(&error))?
        .with_root_certificates(authorities(&options.tls_ca)?);
    let config = if options.tls_cert.as_os_str().is_empty() {
        builder.with_no_client_auth()
    } else {
        let chain = certificates("tls_cert", &options.tls_cert)?;
        let key = PrivateKeyDer::from_pem_slice(&read("tls_key", &options.tls_key)?)
            .map_err(|error| in_file("tls_key", &options.tls_key, &error))?;
        builder
            .with_client_auth_cert(chain, key)
            .map_err(|error| in_file("tls_key", &options.tls_key, &error))?
    };
    Ok(Arc::new(config))
}

/// Returns the trusted authorities: those of `file`, or the system's if it is empty.
fn authorities(file: &Path) -> Result<RootCertStore> {
    let mut roots = RootCertStore::empty();
    if file.as_os_str().is_empty() {
        // Certificates of the system that cannot be read are skipped.
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        return Ok(roots);
    }
    for certificate in certificates("tls_ca", file)? {
        roots.add(certificate).map_err(|error| in_file("tls_ca", file, &error))?;
    }
    Ok(roots)
}

fn certificates(option: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let text = read(option, file)?;
    let all: Vec<_> = CertificateDer::pem_slice_iter(&text)
        .collect::<std::result::Result<_, _>>()
        .map_err(|error| in_file(option, file, &error))?;
    if all.is_empty() {
        return Err(in_file(option, file, &"no certificate in it; a PEM file is expected"));
    }
    Ok(all)
}

fn read(option: &str, file: &Path) -> Result<Vec<u8>> {
    let text = while_unused(file, || fs::read(file));
    text.and_then(|text| Ok(text?)).map_err(|error| {
        let shown = Quoted(file.as_os_str().as_encoded_bytes());
        error.context(format_args!("{option} {shown}"))
    })
}

fn in_file(option: &str, file: &Path, reason: &dyn std::fmt::Display) -> Error {
    let shown = Quoted(file.as_os_str().as_encoded_bytes());
    Error::new(ErrorKind::Argument, format!("{option} {shown}: {reason}"))
}

fn refused(error: &rustls::Error) -> Error {
    Error::new(ErrorKind::Argument, format!("tls: {error}"))
}
