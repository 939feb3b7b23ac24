-- The secret from which pseudonyms follow: numbers of persons in ids of sources are replaced by them before they enter
-- the log. It stays here, and with every backup of the database; without it an id sent again would be another one.
CREATE TABLE pseudonym_secret (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    secret bytea NOT NULL
);
-- Two random UUIDs, of the server's strong source of randomness: 244 random bits.
INSERT INTO pseudonym_secret (secret)
VALUES (decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'));
