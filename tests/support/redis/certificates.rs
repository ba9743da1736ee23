//! Certificates made for one test.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::keeper;

/// An authority, a server's certificate for `127.0.0.1` and `localhost`, and a client's.
pub struct Certificates {
    place: PathBuf,
}

impl Certificates {
    /// Makes an authority and what it vouches for: a server at 127.0.0.1 and localhost.
    pub fn new() -> Certificates {
        Certificates::of("IP:127.0.0.1,DNS:localhost")
    }

    /// Makes an authority that vouches for a server of other names, such as `DNS:example.org`.
    pub fn of(names: &str) -> Certificates {
        let it = Certificates { place: keeper::new_place() };
        let (key, certificate) = (it.path("ca.key"), it.path("ca.crt"));
        let mut request = it.request("Authority of a test", &key);
        request.args(["-x509", "-days", "2", "-addext", "basicConstraints=critical,CA:TRUE"]);
        run(request
            .args(["-addext", "keyUsage=critical,keyCertSign"])
            .arg("-out")
            .arg(certificate));
        it.issue("server", &format!("subjectAltName={names}\nextendedKeyUsage=serverAuth\n"));
        it.issue("client", "extendedKeyUsage=clientAuth\n");
        it
    }

    fn request(&self, name: &str, key: &Path) -> Command {
        let mut openssl = Command::new("openssl");
        openssl.args([
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
        ]);
        openssl.args(["-subj", &format!("/CN={name}")]).arg("-keyout").arg(key);
        openssl
    }

    fn issue(&self, name: &str, extensions: &str) {
        let file = |ending: &str| self.path(&format!("{name}.{ending}"));
        let extensions = format!("basicConstraints=critical,CA:FALSE\n{extensions}");
        std::fs::write(file("ext"), extensions).expect("a file of our own");
        run(self.request(name, &file("key")).arg("-out").arg(file("csr")));
        let mut sign = Command::new("openssl");
        sign.args(["x509", "-req", "-days", "2", "-CAcreateserial", "-in"]).arg(file("csr"));
        sign.arg("-CA").arg(self.path("ca.crt")).arg("-CAkey").arg(self.path("ca.key"));
        run(sign.arg("-extfile").arg(file("ext")).arg("-out").arg(file("crt")));
    }

    fn path(&self, name: &str) -> PathBuf {
        self.place.join(name)
    }

    pub fn authority(&self) -> PathBuf {
        self.path("ca.crt")
    }

    pub fn server(&self) -> PathBuf {
        self.path("server.crt")
    }

    pub fn server_key(&self) -> PathBuf {
        self.path("server.key")
    }

    pub fn client(&self) -> PathBuf {
        self.path("client.crt")
    }

    pub fn client_key(&self) -> PathBuf {
        self.path("client.key")
    }
}

fn run(command: &mut Command) {
    let output = command.output().expect("openssl");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}
