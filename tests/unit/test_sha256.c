/* SHA-256 against the examples of FIPS 180-4 (and its million-a message) and, in pieces, against
 * itself; tests/random/test_streams.py compares it with hashlib through the streams. */
#include <stdio.h>
#include <string.h>

#include "base/sha256.h"
#include "support/assertions.h"

static void assert_digest(const unsigned char *digest, const char *expected)
{
    char text[FLC_SHA256_HEX];
    flc_sha256_hex(text, digest);
    assert_string_equal(text, expected);
}

static void known_messages_give_known_digests(void **unused)
{
    (void)unused;
    static const char *const known[][2] = {
        {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
        {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
        {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqr"
         "lmnopqrsmnopqrstnopqrstu",
         "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        unsigned char digest[FLC_SHA256_BYTES];
        flc_sha256(known[i][0], strlen(known[i][0]), digest);
        assert_digest(digest, known[i][1]);
    }
}

static void a_million_letters_give_their_digest(void **unused)
{
    (void)unused;
    unsigned char digest[FLC_SHA256_BYTES], letters[1000];
    flc_sha256_state state;
    memset(letters, 'a', sizeof letters);
    flc_sha256_init(&state);
    for (int i = 0; i < 1000; i++)
        flc_sha256_update(&state, letters, sizeof letters);
    flc_sha256_final(&state, digest);
    assert_digest(digest, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void pieces_of_any_length_give_the_digest_of_the_whole(void **unused)
{
    (void)unused;
    unsigned char bytes[300], whole[FLC_SHA256_BYTES], pieces[FLC_SHA256_BYTES];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(i * 7 + 3);
    for (size_t length = 0; length <= sizeof bytes; length++) {
        flc_sha256(bytes, length, whole);
        for (size_t piece = 1; piece < 140; piece += 23) {
            flc_sha256_state state;
            flc_sha256_init(&state);
            for (size_t at = 0; at < length; at += piece)
                flc_sha256_update(&state, bytes + at, length - at < piece ? length - at : piece);
            flc_sha256_final(&state, pieces);
            assert_memory_equal(pieces, whole, sizeof whole);
        }
    }
}

/* Long data go through the processor's own instructions where it has them, short ones never. */
static void long_data_give_the_digest_of_their_pieces(void **unused)
{
    (void)unused;
    enum { LONG = 70000 };
    static unsigned char bytes[LONG];
    unsigned char whole[FLC_SHA256_BYTES], pieces[FLC_SHA256_BYTES];
    for (size_t i = 0; i < LONG; i++)
        bytes[i] = (unsigned char)(i * i / 7 + i);
    for (size_t length = LONG - 130; length <= LONG; length++) {
        flc_sha256_state state;
        const size_t head = length % 97;
        flc_sha256_init(&state);
        flc_sha256_update(&state, bytes, head);
        flc_sha256_update(&state, bytes + head, length - head);
        flc_sha256_final(&state, whole);
        flc_sha256_init(&state);
        for (size_t at = 0; at < length; at += 1000)
            flc_sha256_update(&state, bytes + at, length - at < 1000 ? length - at : 1000);
        flc_sha256_final(&state, pieces);
        assert_memory_equal(pieces, whole, sizeof whole);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_messages_give_known_digests),
        cmocka_unit_test(a_million_letters_give_their_digest),
        cmocka_unit_test(pieces_of_any_length_give_the_digest_of_the_whole),
        cmocka_unit_test(long_data_give_the_digest_of_their_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
