//! Requests that somebody wrote to break the service: signed by a real device with anything in
//! them, and unsigned by a stranger. Each is answered, none by a failure of the service's own.

use std::cell::RefCell;

use albumen_fuzz::{HostileRequest, fuzz};
use albumen_model::auth::{
    NONCE_HEADER, SERVICE_HEADER, SignedRequest, content_digest, signature_base, signature_input,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use ed25519_dalek::{Signer, SigningKey};
use sha2::{Digest, Sha256};

use crate::kit::{Device, World, raw};

fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(1).enable_all().build().unwrap()
}

/// One example of each body and of each place in a path.
const SEEDS: &[&[u8]] = &[
    b"POST /auth/v1/accounts\n\n{\"name\":\"eve\",\"password\":\"short\",\"role\":\"member\"}",
    b"PATCH /auth/v1/accounts/acc1\n\n{\"role\":\"viewer\"}",
    b"POST /auth/v1/invitations\n\n{\"role\":\"viewer\",\"name\":\"a\",\"expires_in\":60}",
    b"PUT /auth/v1/registration\n\n{\"role\":\"viewer\"}",
    b"POST /auth/v1/libraries/adopt\n\n{\"name\":\"a\",\"base_url\":\"http://127.0.0.1:1\",\
      \"library_id\":\"a\",\"library_secret\":\"b\"}",
    b"PATCH /auth/v1/libraries/lib1\n\n{\"name\":\"Trip\"}",
    b"POST /auth/v1/libraries/lib1/spaces\n\n{\"name\":\"a\",\"is_multi_album\":true}",
    b"PUT /auth/v1/libraries/lib1/spaces/sp1/policy\n\n{\"read\":{\"roles\":[\"viewer\"]},\
      \"limits\":{\"quota_bytes\":1},\"kinds\":{\"photos\":true}}",
    b"POST /auth/v1/pairings\n\n{}",
    b"POST /auth/v1/token\n\n{\"library_id\":\"lib1\",\"space_id\":\"sp1\",\"purpose\":\"sync\"}",
    b"POST /auth/v1/devices/self/report\n\n{\"mappings\":1,\"pending\":2,\"version\":\"1\"}",
    b"PATCH /auth/v1/devices/dev1\n\n{\"name\":\"a\"}",
    b"POST /auth/v1/devices/dev1/revoke\n\n{\"kind\":\"sign_out\"}",
    b"POST /auth/v1/devices/self/copies\n\n{\"removed\":1,\"kept\":2}",
    b"GET /auth/v1/audit?from=1&act=device_revoked&account=a&limit=2\n\n",
    b"POST /auth/v1/audit/cut\n\n{\"first\":1,\"head\":{\"entry\":1,\"mac\":\"00\"}}",
    b"POST /auth/v1/me/second-factor/confirm\n\n{\"code\":\"123456\"}",
];

/// Signs what will be sent, the place and the body whatever they are.
fn sign(device: &Device, nonce: &str, request: &mut HostileRequest) {
    let digest = content_digest(&STANDARD.encode(Sha256::digest(&request.body)));
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let signed = SignedRequest {
        method: &request.method,
        path,
        query,
        content_digest: &digest,
        service: device.reply.service_id.as_str(),
        key_id: device.reply.device_id.as_str(),
        nonce,
    };
    let key = SigningKey::from_bytes(&device.key.to_secret());
    let signature = STANDARD.encode(key.sign(signature_base(&signed).as_bytes()).to_bytes());
    let ours = [
        ("content-digest", digest.clone()),
        (SERVICE_HEADER, signed.service.to_owned()),
        ("signature-input", format!("sig={}", signature_input(&signed))),
        ("signature", format!("sig=:{signature}:")),
    ];
    request.headers.retain(|(name, _)| ours.iter().all(|(known, _)| known != name));
    let ours = ours.into_iter().map(|(name, value)| (name.to_owned(), value.into_bytes()));
    request.headers.extend(ours);
}

/// What an owner's device sends: everything behind the signature.
#[test]
fn fuzz_tokens_requests() {
    let runtime = runtime();
    let world = runtime.block_on(World::start());
    let device = RefCell::new(runtime.block_on(world.owner()));
    let nonce = RefCell::new(runtime.block_on(raw::nonce(&world.base())));
    fuzz("tokens-requests", SEEDS, |bytes| {
        let mut request = HostileRequest::read(bytes);
        // A stream has no end, and would be read to it.
        if request.target.starts_with("/auth/v1/events") {
            return;
        }
        sign(&device.borrow(), &nonce.borrow(), &mut request);
        let answer = request.send(world.handle.local_addr());
        assert!(answer.status != 500, "{request:?}: {answer:?}");
        if let Some(next) = answer.header(NONCE_HEADER) {
            next.clone_into(&mut nonce.borrow_mut());
        }
        // It may have revoked itself.
        if answer.status == 401 && runtime.block_on(device.borrow().service.me()).is_err() {
            device.replace(runtime.block_on(world.owner()));
        }
    });
}

/// What a stranger sends: signatures of their own making, and the routes that need none.
#[test]
fn fuzz_tokens_strangers() {
    let runtime = runtime();
    let world = runtime.block_on(World::start());
    let device = runtime.block_on(world.owner()).reply.device_id;
    let input = format!(
        "sig=(\"@method\" \"@path\" \"@query\" \"content-digest\" \"albumen-service\");\
         keyid=\"{device}\";nonce=\"abc\";alg=\"ed25519\""
    );
    let signed = format!(
        "GET /auth/v1/me\nSignature-Input: {input}\nSignature: sig=:{}:\n\
         Content-Digest: sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:\n\
         Albumen-Service: svc\n\n",
        STANDARD.encode([7; 64])
    );
    let seeds: &[&[u8]] = &[
        signed.as_bytes(),
        b"POST /auth/v1/sign-in\n\n{\"account\":\"\",\"password\":\"\",\"public_key\":\"\"}",
        b"POST /auth/v1/set-up\n\n{\"code\":\"\",\"password\":\"\"}",
        b"POST /auth/v1/pair\n\n{\"code\":\"12345678\",\"public_key\":\"\",\"device\":{}}",
        b"GET /auth/v1/pair/pair1\n\n",
        b"GET /auth/v1/service\nForwarded: for=\"[::1]:1\"\nX-Forwarded-For: 1.2.3.4, x\n\n",
    ];
    fuzz("tokens-strangers", seeds, |bytes| {
        let request = HostileRequest::read(bytes);
        let answer = request.send(world.handle.local_addr());
        assert!(answer.status != 500, "{request:?}: {answer:?}");
        let path = request.target.split('?').next().unwrap_or_default();
        let open = ["/auth/v1/service", "/healthz", "/readyz"].contains(&path);
        assert!(open || answer.status >= 400, "{request:?}: {answer:?}");
    });
}
