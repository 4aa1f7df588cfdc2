#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <stddef.h>
#include <stdint.h>
#include <string.h>

// What Swift would need many calls for, in one. All return 1, or 0 when OpenSSL failed.

// The digest of two parts; the context was initialised with its digest once before.
static inline int prima_digest(
    EVP_MD_CTX *context, const void *one, size_t oneCount, const void *two, size_t twoCount, void *digest
) {
    return EVP_DigestInit_ex2(context, NULL, NULL) == 1
        && (oneCount == 0 || EVP_DigestUpdate(context, one, oneCount) == 1)
        && (twoCount == 0 || EVP_DigestUpdate(context, two, twoCount) == 1)
        && EVP_DigestFinal_ex(context, (unsigned char *)digest, NULL) == 1;
}

// The digest of a byte and two digests of 32: the node of a Merkle tree.
static inline int prima_digest_node(
    EVP_MD_CTX *context, uint8_t prefix, const void *left, const void *right, void *digest
) {
    uint8_t input[65];
    input[0] = prefix;
    memcpy(input + 1, left, 32);
    memcpy(input + 33, right, 32);
    return prima_digest(context, input, sizeof input, NULL, 0, digest);
}

enum { prima_gcm_nonce = 12, prima_gcm_tag = 16 };

// Seals two parts, one after the other, under the key that the context has; writes ciphertext ‖ tag.
static inline int prima_gcm_seal(
    EVP_CIPHER_CTX *context, const void *nonce, const void *associated, size_t associatedCount,
    const void *one, size_t oneCount, const void *two, size_t twoCount, void *sealed
) {
    unsigned char *next = (unsigned char *)sealed;
    int written = 0;
    if (EVP_EncryptInit_ex2(context, NULL, NULL, (const unsigned char *)nonce, NULL) != 1) return 0;
    if (associatedCount > 0
        && EVP_EncryptUpdate(context, NULL, &written, (const unsigned char *)associated, (int)associatedCount) != 1) return 0;
    if (oneCount > 0) {
        if (EVP_EncryptUpdate(context, next, &written, (const unsigned char *)one, (int)oneCount) != 1) return 0;
        next += written;
    }
    if (twoCount > 0) {
        if (EVP_EncryptUpdate(context, next, &written, (const unsigned char *)two, (int)twoCount) != 1) return 0;
        next += written;
    }
    if (EVP_EncryptFinal_ex(context, next, &written) != 1) return 0;
    next += written;
    return EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, prima_gcm_tag, next) == 1
        && (size_t)(next - (unsigned char *)sealed) == oneCount + twoCount;
}

// Opens ciphertext ‖ tag. Returns 1 when it is whole, 0 when it is not (`plain` then holds nothing to be used),
// -1 when OpenSSL failed.
static inline int prima_gcm_open(
    EVP_CIPHER_CTX *context, const void *nonce, const void *associated, size_t associatedCount,
    const void *sealed, size_t sealedCount, void *plain
) {
    const unsigned char *input = (const unsigned char *)sealed;
    unsigned char none;
    int written = 0;
    if (sealedCount < prima_gcm_tag) return 0;
    size_t count = sealedCount - prima_gcm_tag;
    if (EVP_DecryptInit_ex2(context, NULL, NULL, (const unsigned char *)nonce, NULL) != 1) return -1;
    if (associatedCount > 0
        && EVP_DecryptUpdate(context, NULL, &written, (const unsigned char *)associated, (int)associatedCount) != 1) return -1;
    if (count > 0 && EVP_DecryptUpdate(context, (unsigned char *)plain, &written, input, (int)count) != 1) return -1;
    if (EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, prima_gcm_tag, (void *)(input + count)) != 1) return -1;
    return EVP_DecryptFinal_ex(context, &none, &written) == 1;
}
