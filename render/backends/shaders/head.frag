#version 330
// Light on a point of the head: the same formulas as render/backends/_light.py, which explains them.
const int LAMPS = 8;
uniform vec3 eye;
uniform int lamps;
uniform vec3 towards[LAMPS];
uniform vec3 strength[LAMPS];
uniform vec3 across[LAMPS];
uniform vec3 along[LAMPS];
uniform vec3 shape[LAMPS]; // spread, brightness of the lamp's face, 1 if it stands behind the head
uniform vec3 sky;
uniform vec3 ground;
uniform mat4 to_light; // texel place 0..1 and nearness
uniform float push;
uniform float shadow_warp;
uniform float leak;
uniform float grain;
uniform float grain_scale;
uniform float grain_depth;
uniform float strand_scale;
uniform vec4 strand; // round, shift, tone, stretch
uniform vec3 wrap;
uniform sampler2D moments;
in vec3 at;
in vec3 facing;
in vec3 albedo;
in vec4 material;
in vec3 grain_at;
in vec3 lock; // along the hair
flat in int part;
out vec4 light;

vec3 bounced(float openness, vec3 reflectance) {
    vec3 a = 2.0404 * reflectance - 0.3324;
    vec3 b = 0.6417 - 4.7951 * reflectance;
    vec3 c = 2.7552 * reflectance + 0.6903;
    return max(vec3(openness), min(((openness * a + b) * openness + c) * openness, vec3(1.0)));
}

float bound(float mean, float square, float behind) {
    float variance = max(square - mean * mean, 2e-6 * square);
    behind = max(behind, 0.0);
    return variance / (variance + behind * behind);
}

float lit(vec3 point) {
    vec3 place = (to_light * vec4(point, 1.0)).xyz;
    vec4 m = texture(moments, place.xy);
    float here = exp(shadow_warp * (place.z - 1.0));
    float share = min(bound(m.x, m.y, m.x - here), bound(m.z, m.w, inversesqrt(here) - m.z));
    return max(0.0, (share - leak) / (1.0 - leak));
}

float corner(ivec3 cell) {
    uvec3 mixed = uvec3(cell) * uvec3(73856093u, 19349663u, 83492791u);
    uint hash = mixed.x ^ mixed.y ^ mixed.z;
    hash = (hash ^ (hash >> 13)) * 1274126177u;
    return float((hash ^ (hash >> 16)) & 0xFFFFu) / 32767.5 - 1.0;
}

vec4 noise(vec3 p) {
    vec3 low = floor(p), f = p - low;
    ivec3 i = ivec3(low);
    vec3 u = f * f * (3.0 - 2.0 * f), d = 6.0 * f * (1.0 - f);
    float a = corner(i), b = corner(i + ivec3(1, 0, 0)), c = corner(i + ivec3(0, 1, 0)), e = corner(i + ivec3(1, 1, 0));
    i.z += 1;
    float g = corner(i), h = corner(i + ivec3(1, 0, 0)), j = corner(i + ivec3(0, 1, 0)), k = corner(i + ivec3(1, 1, 0));
    float ab = mix(a, b, u.x), ce = mix(c, e, u.x), gh = mix(g, h, u.x), jk = mix(j, k, u.x);
    float behind = mix(ab, ce, u.y), front = mix(gh, jk, u.y);
    float slope_x = mix(mix(b - a, e - c, u.y), mix(h - g, k - j, u.y), u.z);
    float slope_y = mix(ce - ab, jk - gh, u.z);
    return vec4(mix(behind, front, u.z), d * vec3(slope_x, slope_y, front - behind));
}

vec4 two_octaves(vec3 p) {
    vec4 a = noise(vec3(0.8 * p.x + 0.6 * p.y, 0.8 * p.y - 0.6 * p.x, p.z));
    vec4 b = noise(2.3 * vec3(p.x, 0.8 * p.y + 0.6 * p.z, 0.8 * p.z - 0.6 * p.y));
    return vec4(a.x + b.x, 0.8 * a.y - 0.6 * a.z + b.y, 0.6 * a.y + 0.8 * a.z + 0.8 * b.z - 0.6 * b.w,
                a.w + 0.6 * b.z + 0.8 * b.w);
}

void main() {
    vec3 n = normalize(facing) * (gl_FrontFacing ? 1.0 : -1.0);
    vec3 v = normalize(eye - at);
    float rough = material.x, mirror = material.y, under = material.z, open = material.w;
    vec3 colour = albedo;
    if (grain > 0.0 && part == 1) {
        vec4 pores = two_octaves(grain_at * grain_scale);
        n = normalize(n - grain * grain_depth * pores.yzw);
        rough += grain * 0.05 * pores.x;
        colour *= 1.0 + grain * 0.05 * pores.x;
    } else if (part == 2) {
        vec3 t = normalize(lock + vec3(1e-30));
        float tone = two_octaves(vec3(grain_at.x * strand_scale, grain_at.y * strand_scale * strand.w, grain_at.z)).x;
        n = normalize(mix(n, v, strand.x) + (strand.y * tone - strand.x * dot(v, t)) * t);
        colour *= 1.0 + strand.z * tone;
    }
    float slant = dot(n, v);
    float seen = clamp(slant, 1e-3, 1.0), grazing = 1.0 - seen, grazing3 = grazing * grazing * grazing;
    vec3 r = 2.0 * slant * n - v;
    float shadow = lit(at + push * n);

    vec3 diffuse = mix(ground, sky, 0.5 + 0.5 * n.y) * bounced(open, colour);
    float kept = clamp((seen + open) * (seen + open) - 1.0 + open, 0.0, 1.0);
    float polish = 1.0 - rough;
    float split = min(polish * polish, grazing3 * grazing3) * polish + 0.0425 - 0.0275 * rough;
    float glance = (mirror * (1.04 - 0.572 * rough - 1.04 * split) + 1.04 * split - 0.04 + 0.022 * rough) * kept;
    vec3 shine = mix(ground, sky, smoothstep(-0.25 - rough, 0.35 + rough, r.y)) * glance;

    float wet = 1.0 - smoothstep(0.16, 0.32, rough);
    float alpha = rough * rough;
    for (int lamp = 0; lamp < lamps; lamp++) {
        vec3 d = towards[lamp];
        float front = dot(n, d);
        float arrives = lamp == 0 ? shadow : 1.0;
        float reach = open * (1.0 + (1.0 - wet) * (1.0 - open)) * arrives;
        reach *= 1.0 - shape[lamp].z * (1.0 - min(2.0 * grazing * grazing, 1.0));
        vec3 soft = vec3(reach * (1.0 + 0.35 * under * (1.0 - arrives)), reach, reach);
        vec3 round = wrap * under;
        diffuse += strength[lamp] * soft * max(front + round, 0.0) / ((1.0 + round) * (1.0 + round));

        vec3 h = normalize(d + v);
        float half_way = dot(n, h), bend = 1.0 - dot(v, h), bend2 = bend * bend;
        float wide = min(alpha + 0.5 * shape[lamp].x, 1.0);
        float peak = half_way * half_way * (wide * wide - 1.0) + 1.0;
        float facing_lamp = max(front, 0.0);
        float mask = mix(facing_lamp, 1.0, 0.5 * alpha) * mix(seen, 1.0, 0.5 * alpha);
        float gloss = alpha * alpha / (peak * peak) * (mirror + (1.0 - mirror) * bend2 * bend2 * bend);
        gloss *= 0.25 * facing_lamp / mask * (1.0 - wet);

        float ahead = dot(r, d), over = 1.0 / max(ahead, 1e-3), edge = 0.06 + 1.4 * rough;
        float inside = (1.0 - smoothstep(1.0 - edge, 1.0 + edge, abs(dot(r, across[lamp])) * over))
                     * (1.0 - smoothstep(1.0 - edge, 1.0 + edge, abs(dot(r, along[lamp])) * over));
        float grazing2 = grazing * grazing;
        gloss += wet * inside * (ahead > 0.0 ? 1.0 : 0.0) * shape[lamp].y
               * (mirror + (1.0 - mirror) * grazing2 * grazing2 * grazing);
        shine += strength[lamp] * gloss * reach * kept;
    }
    shine += 0.16 * under * grazing3 * diffuse * colour;
    light = vec4(diffuse * colour + min(shine, vec3(6.0)), 1.0);
}
