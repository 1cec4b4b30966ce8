#version 330
// From light to the numbers of a picture, see render/backends/_resolve.py. Row 0 is the top.
uniform sampler2D light;
uniform sampler2D backdrop;
uniform sampler2D tones;
uniform int side;
uniform float brightest;
uniform int clear;  // 1: no backdrop, the share of the pixel that is covered as alpha
out vec4 shown;

float tone(float value) {
    int top = textureSize(tones, 0).x - 1;
    return texelFetch(tones, ivec2(int(sqrt(min(value / brightest, 1.0)) * float(top) + 0.5), 0), 0).r;
}

void main() {
    ivec2 pixel = ivec2(gl_FragCoord.xy), size = textureSize(backdrop, 0);
    vec4 total = vec4(0.0);
    for (int y = 0; y < side; y++)
        for (int x = 0; x < side; x++)
            total += texelFetch(light, ivec2(pixel.x, size.y - 1 - pixel.y) * side + ivec2(x, y), 0);
    float share = total.a / float(side * side);
    vec3 colour = clear == 1 ? vec3(0.0) : (1.0 - share) * texelFetch(backdrop, pixel, 0).rgb;
    if (share > 0.0) {
        vec3 mean = total.rgb / total.a;
        colour += (clear == 1 ? 1.0 : share) * vec3(tone(mean.r), tone(mean.g), tone(mean.b));
    }
    float wave = fract(52.9829189 * fract(0.06711056 * float(pixel.x) + 0.00583715 * float(pixel.y)));
    shown = vec4(min(floor(colour * 255.0 + wave), 255.0) / 255.0, clear == 1 ? share : 1.0);
    if (clear == 1 && share == 0.0) shown = vec4(0.0);
}
