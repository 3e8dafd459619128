// Reads a log of ours with the checksum database of Go: notes, tree and tiles, and says what it found.
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

var folder string

func main() {
	folder = os.Args[1]
	older, newer := checkpoint("older.note"), checkpoint("checkpoint")
	reader := tlog.TileHashReader(newer.tree, tiles{})
	var told struct {
		Inclusion   map[string][]string
		Consistency []string
	}
	must(json.Unmarshal(read("proofs.json"), &told))
	for index, path := range told.Inclusion {
		n, err := strconv.ParseInt(index, 10, 64)
		must(err)
		leaf := tlog.RecordHash(entry(n))
		must(tlog.CheckRecord(hashes(path), newer.tree.N, newer.tree.Hash, n, leaf))
		ours, err := tlog.ProveRecord(newer.tree.N, n, reader) // out of our tiles
		must(err)
		must(tlog.CheckRecord(ours, newer.tree.N, newer.tree.Hash, n, leaf))
	}
	must(tlog.CheckTree(
		hashes(told.Consistency), newer.tree.N, newer.tree.Hash, older.tree.N, older.tree.Hash))
	verdict, err := json.Marshal(map[string]any{
		"size": newer.tree.N, "root": newer.tree.Hash.String(), "signed": newer.names,
		"included": len(told.Inclusion), "grew_from": older.tree.N,
	})
	must(err)
	fmt.Println(string(verdict))
}

type seen struct {
	tree  tlog.Tree
	names []string
}

func checkpoint(name string) seen {
	log, err := note.NewVerifier(strings.TrimSpace(string(read("log.vkey"))))
	must(err)
	known := []note.Verifier{log}
	for _, line := range strings.Fields(string(read("witness.vkeys"))) {
		known = append(known, newWitness(line))
	}
	opened, err := note.Open(read(name), note.VerifierList(known...))
	must(err)
	lines := strings.Split(opened.Text, "\n")
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := tlog.ParseHash(lines[2])
	must(err)
	found := seen{tree: tlog.Tree{N: size, Hash: root}}
	for _, each := range opened.Sigs {
		found.names = append(found.names, each.Name)
	}
	return found
}

// A witness signs with a time (C2SP cosignature/v1), which Go's package does not know by itself.
type witness struct {
	name string
	hash uint32
	key  ed25519.PublicKey
}

func newWitness(line string) witness {
	parts := strings.SplitN(line, "+", 3)
	id, err := hex.DecodeString(parts[1])
	must(err)
	key, err := base64.StdEncoding.DecodeString(parts[2])
	must(err)
	if key[0] != 4 {
		must(fmt.Errorf("not the key of a witness: %s", line))
	}
	return witness{parts[0], binary.BigEndian.Uint32(id), key[1:]}
}

func (w witness) Name() string    { return w.name }
func (w witness) KeyHash() uint32 { return w.hash }
func (w witness) Verify(text, signature []byte) bool {
	if len(signature) != 8+ed25519.SignatureSize {
		return false
	}
	at := binary.BigEndian.Uint64(signature)
	said := fmt.Sprintf("cosignature/v1\ntime %d\n%s", at, text)
	return ed25519.Verify(w.key, []byte(said), signature[8:])
}

// The same tiles as Go's own, but for the height in their path.
type tiles struct{}

func (tiles) Height() int                       { return height }
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var found [][]byte
	for _, each := range wanted {
		path := strings.Replace(each.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
		found = append(found, read(path))
	}
	return found, nil
}

func entry(n int64) []byte {
	const each = 1 << height
	paths, err := filepath.Glob(filepath.Join(folder, "tile/entries", fmt.Sprintf("%03d*", n/each), "*"))
	must(err)
	if len(paths) == 0 {
		paths = []string{filepath.Join(folder, "tile/entries", fmt.Sprintf("%03d", n/each))}
	}
	data, err := os.ReadFile(paths[0])
	must(err)
	for skip := n % each; skip > 0; skip-- {
		data = data[2+binary.BigEndian.Uint16(data):]
	}
	return data[2 : 2+binary.BigEndian.Uint16(data)]
}

func hashes(told []string) []tlog.Hash {
	var found []tlog.Hash
	for _, each := range told {
		hash, err := tlog.ParseHash(each)
		must(err)
		found = append(found, hash)
	}
	return found
}

func read(name string) []byte {
	data, err := os.ReadFile(filepath.Join(folder, name))
	must(err)
	return data
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
