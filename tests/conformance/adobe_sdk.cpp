// A DNG rendered by Adobe's DNG SDK, the library inside the dngpy wheel: adobe_sdk in.dng out.tif
//
// Declarations of what is called, nothing else: sizes of objects are generous guesses, and nothing is destroyed.
// The default crop, opcodes, profile and tone curve are applied; orientation and DefaultUserCrop are not.
#include <cstdint>
#include <cstdio>
#include <unistd.h>

class dng_abort_sniffer;
class dng_color_space;
class dng_image;
class dng_jpeg_preview;
class dng_memory_allocator;
class dng_memory_block;
class dng_metadata;
class dng_resolution;
enum dng_metadata_subset : int {};

class dng_stream {};

class dng_file_stream : public dng_stream {
    char object[16384];

  public:
    dng_file_stream(const char *path, bool writing, uint32_t buffer);
};

class dng_info;
class dng_host;

class dng_negative {
  public:
    void Parse(dng_host &, dng_stream &, dng_info &);
    void PostParse(dng_host &, dng_stream &, dng_info &);
    void ReadStage1Image(dng_host &, dng_stream &, dng_info &);
    void BuildStage2Image(dng_host &);
    void BuildStage3Image(dng_host &, int plane);
};

class dng_host {
    char object[16384];

  public:
    dng_host(dng_memory_allocator *, dng_abort_sniffer *);
    dng_negative *Make_dng_negative();
};

class dng_info {
    char object[131072];

  public:
    dng_info();
    void Parse(dng_host &, dng_stream &);
    void PostParse(dng_host &);
    bool IsValidDNG();
};

class dng_render {
    char object[131072];

  public:
    dng_render(dng_host &, const dng_negative &);
    dng_image *Render();
};

class dng_image_writer {
    char object[4096];

  public:
    dng_image_writer();
    void WriteTIFF(dng_host &, dng_stream &, const dng_image &, uint32_t photometric, uint32_t compression,
                   const dng_metadata *, const dng_color_space *, const dng_resolution *, const dng_jpeg_preview *,
                   const dng_memory_block *, dng_metadata_subset, bool, bool, const dng_image *, bool);
};

int main(int count, char **arguments) {
    if (count < 3) return 2;
    try {
        auto *host = new dng_host(nullptr, nullptr);
        auto *in = new dng_file_stream(arguments[1], false, 1 << 16);
        auto *info = new dng_info();
        info->Parse(*host, *in);
        info->PostParse(*host);
        if (!info->IsValidDNG()) {
            std::fputs("no valid DNG\n", stderr);
            _exit(1);
        }
        dng_negative *negative = host->Make_dng_negative();
        negative->Parse(*host, *in, *info);
        negative->PostParse(*host, *in, *info);
        negative->ReadStage1Image(*host, *in, *info);
        negative->BuildStage2Image(*host);
        negative->BuildStage3Image(*host, -1);
        dng_image *image = (new dng_render(*host, *negative))->Render();
        auto *out = new dng_file_stream(arguments[2], true, 1 << 16);
        const uint32_t rgb = 2, uncompressed = 1;
        (new dng_image_writer())
            ->WriteTIFF(*host, *out, *image, rgb, uncompressed, nullptr, nullptr, nullptr, nullptr, nullptr,
                        dng_metadata_subset(0), false, false, nullptr, true);
        std::fflush(nullptr);
        _exit(0);
    } catch (...) {
        std::fputs("refused\n", stderr);
        _exit(1);
    }
}
