#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <errno.h>
#include <stddef.h>
#include <sys/socket.h>

// What of libssl is a macro or takes a callback, and what Swift would need many calls for.

// OpenSSL's own socket, but for one thing: writing to a connection that is gone raises no signal.
static int prima_tls_send(BIO *bio, const char *bytes, int count) {
    int descriptor = -1;
    BIO_clear_retry_flags(bio);
    if (BIO_get_fd(bio, &descriptor) < 0) return -1;
    ssize_t sent = send(descriptor, bytes, (size_t)count, MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) BIO_set_retry_write(bio);
    return (int)sent;
}

static inline BIO_METHOD *prima_tls_method(void) {
    const BIO_METHOD *socket = BIO_s_socket();
    BIO_METHOD *method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK | BIO_TYPE_DESCRIPTOR, "connection");
    if (method == NULL) return NULL;
    BIO_meth_set_write(method, prima_tls_send);
    BIO_meth_set_read(method, BIO_meth_get_read(socket));
    BIO_meth_set_puts(method, BIO_meth_get_puts(socket));
    BIO_meth_set_ctrl(method, BIO_meth_get_ctrl(socket));
    BIO_meth_set_create(method, BIO_meth_get_create(socket));
    BIO_meth_set_destroy(method, BIO_meth_get_destroy(socket));
    return method;
}

// HTTP/1.1 is all that is spoken here: who offers protocols without it is refused (RFC 7301 §3.2).
static int prima_tls_choose(
    SSL *ssl, const unsigned char **chosen, unsigned char *length, const unsigned char *offered, unsigned int count,
    void *unused
) {
    static const unsigned char ours[] = {8, 'h', 't', 't', 'p', '/', '1', '.', '1'};
    (void)ssl;
    (void)unused;
    if (SSL_select_next_proto((unsigned char **)chosen, length, ours, sizeof ours, offered, count)
        != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
    return SSL_TLSEXT_ERR_OK;
}

// A key that asks for a passphrase is refused: nobody sits at the terminal.
static int prima_tls_no_passphrase(char *buffer, int size, int writing, void *unused) {
    (void)buffer;
    (void)size;
    (void)writing;
    (void)unused;
    return -1;
}

static inline SSL_CTX *prima_tls_context(void) {
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    if (context == NULL) return NULL;
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE
        | SSL_OP_IGNORE_UNEXPECTED_EOF | SSL_OP_PRIORITIZE_CHACHA);
    // What is not taken by the socket is offered again, from wherever it lies then. An idle connection has no buffers.
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER
        | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_read_ahead(context, 1);
    // Sessions resume by tickets, which the clients keep: nothing is kept here.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_alpn_select_cb(context, prima_tls_choose, NULL);
    SSL_CTX_set_default_passwd_cb(context, prima_tls_no_passphrase);
    if (SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1
        || SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

static inline SSL *prima_tls_accept(SSL_CTX *context, const BIO_METHOD *method, int descriptor) {
    SSL *ssl = SSL_new(context);
    BIO *bio = ssl == NULL ? NULL : BIO_new(method);
    if (bio == NULL) {
        SSL_free(ssl);
        return NULL;
    }
    BIO_set_fd(bio, descriptor, BIO_NOCLOSE);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_accept_state(ssl);
    return ssl;
}

enum { prima_tls_failed = -1, prima_tls_wants_read = -2, prima_tls_wants_write = -3, prima_tls_ended = -4,
    prima_tls_plain = -5 };

// What came of a call: a count, or one of the above.
static inline long prima_tls_outcome(SSL *ssl, int result, size_t count) {
    if (result > 0) return (long)count;
    switch (SSL_get_error(ssl, result)) {
    case SSL_ERROR_WANT_READ: return prima_tls_wants_read;
    case SSL_ERROR_WANT_WRITE: return prima_tls_wants_write;
    case SSL_ERROR_ZERO_RETURN: return prima_tls_ended;
    default:
        result = ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST ? prima_tls_plain : prima_tls_failed;
        ERR_clear_error();
        return result;
    }
}

static inline long prima_tls_handshake(SSL *ssl) {
    ERR_clear_error();
    return prima_tls_outcome(ssl, SSL_do_handshake(ssl), 0);
}

static inline long prima_tls_read(SSL *ssl, void *buffer, size_t size) {
    size_t count = 0;
    ERR_clear_error();
    int result = SSL_read_ex(ssl, buffer, size, &count);
    return prima_tls_outcome(ssl, result, count);
}

static inline long prima_tls_write(SSL *ssl, const void *bytes, size_t size) {
    size_t count = 0;
    ERR_clear_error();
    int result = SSL_write_ex(ssl, bytes, size, &count);
    return prima_tls_outcome(ssl, result, count);
}

// Says that nothing more comes, as far as the socket takes it.
static inline void prima_tls_close(SSL *ssl) {
    ERR_clear_error();
    SSL_shutdown(ssl);
    ERR_clear_error();
}
